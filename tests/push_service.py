"""A push service on this machine, and the keys of browsers that are subscribed to it."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.push import encryption

PATIENCE = 30.0
"""Seconds in which a push must come: it only costs time when it fails."""


@dataclass
class Taken:
    """A request to a push service."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Device:
    """The keys of a browser's subscription (W3C Push API §8)."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    secret: bytes = field(default_factory=lambda: os.urandom(encryption.SECRET_BYTES))

    @property
    def point(self) -> bytes:
        """The public key."""
        public = self.key.public_key()
        return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def said(self) -> tuple[str, str, str]:
        """What its browser tells a page: endpoint, `p256dh` and `auth`."""
        return self.endpoint, encryption.encode(self.point), encryption.encode(self.secret)

    def read(self, body: bytes) -> dict[str, Any]:
        """Decrypt what was sent, with a library that is not ours."""
        found = http_ece.decrypt(
            body, private_key=self.key, auth_secret=self.secret, version="aes128gcm"
        )
        return dict(json.loads(found))


class PushService:
    """Notes what comes, and answers with `status`; `waits` holds answers back while it is clear."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.status = 201
        self.answer, self.repeats = b"", 1
        """What else it says, and how often."""
        self.waits = threading.Event()
        self.waits.set()
        self._came = threading.Condition()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self._http.server_port}"

    def device(self, name: str) -> Device:
        """Return a device that is subscribed here."""
        return Device(f"{self.address}/{name}")

    def wait(self, count: int) -> list[Taken]:
        """Wait until so many requests came, and return them."""
        with self._came:
            came = self._came.wait_for(lambda: len(self.taken) >= count, PATIENCE)
            assert came, f"{len(self.taken)} of {count} came"
            return list(self.taken)

    def _handler(service) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                answer = service.answer  # it may be another one as soon as this one is seen
                with service._came:
                    service.taken.append(Taken(self.path, dict(self.headers), body))
                    service._came.notify_all()
                service.waits.wait(PATIENCE)
                self.send_response(service.status)
                self.send_header("Content-Length", str(len(answer) * service.repeats))
                self.end_headers()
                with suppress(OSError):  # who asked has heard enough
                    for _time in range(service.repeats):
                        self.wfile.write(answer)

            def log_message(self, *_said: object) -> None:
                pass

        return Handler


@contextmanager
def push_service() -> Iterator[PushService]:
    """Run a push service."""
    service = PushService()
    thread = threading.Thread(target=service._http.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.waits.set()
        service._http.shutdown()
        service._http.server_close()
        thread.join()
