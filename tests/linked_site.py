"""A web site on this machine, for links to lead to; it may answer with anything."""

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image

from services.core.network.outbound import Reach

PATIENCE = 30.0
"""Seconds in which a request must come: it only costs time when it fails."""
Answer = Callable[[BaseHTTPRequestHandler], None]


def html(title: str, *, more: str = "") -> Answer:
    """Return what answers with a page."""
    return page(f"<!doctype html><html><head><title>{title}</title>{more}</head><body>x".encode())


def page(content: bytes, *, kind: str = "text/html; charset=utf-8", **headers: str) -> Answer:
    """Return what answers with these bytes; `content_encoding` is the header `Content-Encoding`."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(content)

    return answer


def picture(width: int, height: int, *, kind: str = "PNG", **options: Any) -> Answer:
    """Return what answers with a picture of one colour."""
    return page(painted(width, height, kind=kind, **options), kind=f"image/{kind.lower()}")


@cache
def painted(width: int, height: int, *, kind: str = "PNG", **options: Any) -> bytes:
    """Return a picture of one colour."""
    written = io.BytesIO()
    Image.new("RGB", (width, height), "#3a7").save(written, kind, **options)
    return written.getvalue()


def redirect(to: str, status: int = 302) -> Answer:
    """Return what leads elsewhere."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Location", to)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


class Site:
    """Answers by path, and notes what was asked: path and headers."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._came = threading.Condition()
        self._http = ThreadingHTTPServer((host, 0), self._handler())
        self._http.daemon_threads = True
        self.port = self._http.server_port
        self.address = f"http://{host}:{self.port}"

    def paths(self) -> list[str]:
        """Return what was asked for."""
        with self._came:
            return [path for path, _headers in self.asked]

    def wait(self, count: int) -> list[str]:
        """Wait until so many requests came, and return their paths."""
        with self._came:
            came = self._came.wait_for(lambda: len(self.asked) >= count, PATIENCE)
            assert came, f"{len(self.asked)} of {count} came"
        return self.paths()

    def _handler(site) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with site._came:
                    site.asked.append((self.path, dict(self.headers)))
                    site._came.notify_all()
                answer = site.pages.get(self.path)
                with suppress(OSError):  # whoever asks may have heard enough
                    if answer:
                        answer(self)
                    else:
                        self.send_error(404)

            def log_message(self, *_said: object) -> None:
                pass

        return Handler


@contextmanager
def linked_site(host: str = "127.0.0.1") -> Iterator[Site]:
    """Run a site."""
    site = Site(host)
    thread = threading.Thread(target=site._http.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site._http.shutdown()
        site._http.server_close()
        thread.join()


def only(*sites: Site) -> Reach:
    """Return a reach in which these sites are all of the internet."""
    places = {(site._http.server_address[0], site.port) for site in sites}
    return Reach(lambda address, port: (address, port) in places)
