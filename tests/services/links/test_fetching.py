"""Asking a site: over a real connection, to sites of this machine that play those of the internet.

What counts as the internet is decided by each test, since the real rule refuses this machine:
`tests/services/core/network/test_outbound.py` tests that rule.
"""

import asyncio
import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from services.core.network import outbound
from services.core.network.outbound import WEB, AddressInfo, Reach
from services.links import fetching
from services.links.fetching import Lookups, Page, TryLaterError
from tests.linked_site import Site, html, linked_site, only, page, painted, picture, redirect
from tests.services.core.network.test_outbound import PRIVATE


@pytest.fixture
def site() -> Iterator[Site]:
    with linked_site() as running:
        yield running


@pytest.fixture
def inside() -> Iterator[Site]:
    """A site at another address, which is not of the internet."""
    with linked_site("127.0.0.2") as running:
        running.pages["/"] = html("A secret")
        yield running


async def fetch(address: str, reach: Reach) -> Page | None:
    """Return a page, or None if there is none now."""
    try:
        return await fetching.fetch(address, reach, Lookups())
    except TryLaterError:
        return None


async def title(site: Site, path: str = "/") -> str | None:
    found = await fetch(site.address + path, only(site))
    return found.head.title if found else None


async def test_a_page_is_asked_for_once_and_says_who_asks(site: Site) -> None:
    site.pages["/a?b=1"] = html("Comets", more="<meta name=description content='How to find one'>")
    found = await fetch(f"{site.address}/a?b=1", only(site))
    assert found is not None
    assert (found.url, found.head.title) == (f"{site.address}/a?b=1", "Comets")
    assert found.head.description == "How to find one"
    [(path, headers)] = site.asked
    assert path == "/a?b=1"
    assert headers == {
        "Host": f"127.0.0.1:{site.port}",
        "User-Agent": "SimpleChat (link preview)",
        "Accept": "text/html, image/jpeg, image/png, image/gif, image/webp",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }


# -- where it may lead -----------------------------------------------------------------------------


@pytest.mark.parametrize("address", [each for each in PRIVATE if "%" not in each])
async def test_no_private_address_is_asked(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    assert await fetch(f"http://{host}/", WEB) is None


async def test_this_machine_is_not_asked_whatever_it_is_called(site: Site) -> None:
    names = ("127.0.0.1", "localhost", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::1]")
    for name in (*names, "[::ffff:127.0.0.1]", "0.0.0.0", "[::]"):
        everything = Reach(lambda _address, _port: True)
        assert await fetch(f"http://{name}:{site.port}/", WEB) is None
        assert site.asked == [], name
        del everything


async def test_only_ports_of_web_sites_are_asked(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "is_elsewhere", lambda _address: True)
    assert await fetch(f"{site.address}/", WEB) is None
    assert site.asked == []


async def test_a_name_is_looked_up_once_and_what_it_leads_to_is_checked(
    site: Site, inside: Site
) -> None:
    site.pages["/"] = html("Comets")
    asked: list[str] = []

    def look_up(host: str, port: int, *_options: Any) -> list[AddressInfo]:
        """Lead to the site at first, and then to what is inside."""
        asked.append(host)
        to = ("127.0.0.1", site.port) if len(asked) == 1 else ("127.0.0.2", inside.port)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", to)]

    # aiohttp connects to the port of the address, so both sites must be at the same one.
    reach = Reach(lambda address, _port: address == "127.0.0.1", look_up)
    rebinding = f"http://rebinding.example:{site.port}/"
    found = await fetch(rebinding, reach)
    assert found is not None
    assert (found.url, found.head.title) == (rebinding, "Comets")
    assert asked == ["rebinding.example"]
    assert site.asked[0][1]["Host"] == f"rebinding.example:{site.port}"
    assert await fetch(f"http://rebinding.example:{inside.port}/", reach) is None
    assert asked == ["rebinding.example"] * 2
    assert inside.asked == []


async def test_a_name_with_a_private_address_among_others_leads_to_the_others(
    site: Site, inside: Site
) -> None:
    site.pages["/"] = html("Comets")

    def look_up(_host: str, port: int, *_options: Any) -> list[AddressInfo]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("127.0.0.2", "127.0.0.1")
        ]

    reach = Reach(lambda address, _port: address == "127.0.0.1", look_up)
    found = await fetch(f"http://both.example:{site.port}/", reach)
    assert found is not None
    assert inside.asked == []


async def test_a_name_that_is_none_is_no_error() -> None:
    def look_up(*_asked: Any) -> list[AddressInfo]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    assert await fetch("http://nowhere.example/", Reach(lambda *_: True, look_up)) is None


async def test_the_server_of_a_name_is_told_which_name_was_asked() -> None:
    """By SNI, though the address was looked up here. Its certificate is not good: that is all."""
    told: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sni_callback = lambda _socket, name, _context: told.append(name)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            came, _address = listening.accept()
            with pytest.raises(OSError, match=r".*"), came:
                context.wrap_socket(came, server_side=True)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        there = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))
        reach = Reach(lambda *_: True, lambda *_: [there])
        address = f"https://secure.example:{listening.getsockname()[1]}/"
        assert await fetch(address, reach) is None
        await asyncio.to_thread(thread.join, 10)
    assert told == ["secure.example"]


# -- redirects -------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", fetching.REDIRECTS)
async def test_redirects_are_followed(site: Site, status: int) -> None:
    site.pages["/"] = redirect("/b#part", status)
    site.pages["/b"] = redirect(f"{site.address}/c", status)
    site.pages["/c"] = redirect("d", status)
    site.pages["/d"] = html("Comets")
    found = await fetch(f"{site.address}/", only(site))
    assert found is not None
    assert found.url == f"{site.address}/d"
    assert site.paths() == ["/", "/b", "/c", "/d"]


async def test_not_for_ever(site: Site) -> None:
    site.pages["/"] = redirect("/")
    assert await title(site) is None
    assert site.paths() == ["/"] * (1 + fetching.MAX_REDIRECTS)


async def test_not_to_what_is_inside(site: Site, inside: Site) -> None:
    site.pages["/"] = redirect(f"{inside.address}/")
    assert await title(site) is None
    assert site.paths() == ["/"]
    assert inside.asked == []
    assert await title(inside) == "A secret"  # it could be asked


@pytest.mark.parametrize(
    "to",
    [
        *("file:///etc/passwd", "ftp://example.org/", "javascript:alert(1)", "gopher://127.0.0.1/"),
        *("http://user:password@127.0.0.1/", "http://@127.0.0.1/", "http://[::1/"),
        *("http://127.0.0.1:99999/", "data:text/html,<title>x</title>", "x" * 3000, "http://\x7f/"),
    ],
)
async def test_not_to_what_is_no_web_page(site: Site, to: str) -> None:
    site.pages["/"] = redirect(to)
    assert await title(site) is None
    assert site.paths()[0] == "/"
    assert len(site.asked) == 1


async def test_cookies_are_not_sent_back(site: Site) -> None:
    def set_cookie(request: BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Set-Cookie", "session=1; Path=/")
        request.send_header("Location", "/there")
        request.end_headers()

    site.pages["/"], site.pages["/there"] = set_cookie, html("Comets")
    assert await title(site) == "Comets"
    assert "Cookie" not in site.asked[1][1]


# -- what it may answer ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    [
        *("image/avif", "application/pdf", "text/plain", "application/json", "text/htmlx", ""),
        *("application/octet-stream", "image/svg+xml", "multipart/form-data", "; charset=utf-8"),
    ],
)
async def test_only_pages_are_read(site: Site, kind: str) -> None:
    site.pages["/"] = page(b"<title>No</title>", kind=kind)
    assert await title(site) is None


@pytest.mark.parametrize("status", [201, 204, 304, 401, 403, 404, 500, 503])
async def test_only_good_answers_are_read(site: Site, status: int) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Type", "text/html")
        request.end_headers()
        request.wfile.write(b"<title>No</title>")

    site.pages["/"] = answer
    assert await title(site) is None


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "identity, gzip", "x"])
async def test_bombs_are_not_unpacked(site: Site, encoding: str) -> None:
    bomb = gzip.compress(b"<title>No</title>" + bytes(50_000_000))
    site.pages["/"] = page(bomb, content_encoding=encoding)
    began = time.process_time()
    assert await title(site) is None
    assert time.process_time() - began < 0.5


async def test_a_page_without_a_title_has_no_preview(site: Site) -> None:
    site.pages["/"] = page(b"<meta name=description content='x'><body>")
    assert await title(site) is None


def drip(request: BaseHTTPRequestHandler) -> None:
    """Send a byte at a time, as long as somebody listens."""
    request.send_response(200)
    request.send_header("Content-Type", "text/html")
    request.end_headers()
    while True:
        request.wfile.write(b"<")
        time.sleep(0.02)


def drip_headers(request: BaseHTTPRequestHandler) -> None:
    """Never come to the end of the headers."""
    request.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        request.wfile.write(b"X: y\r\n")
        time.sleep(0.2)


def say_nothing(request: BaseHTTPRequestHandler) -> None:
    """Keep the connection open."""
    request.rfile.read()


def many_redirects(request: BaseHTTPRequestHandler) -> None:
    """Lead on, a little late each time."""
    time.sleep(0.15)
    redirect("/")(request)


@pytest.mark.parametrize("answer", [drip, drip_headers, say_nothing, many_redirects])
async def test_slow_sites_are_given_up(
    site: Site, monkeypatch: pytest.MonkeyPatch, answer: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    monkeypatch.setattr(fetching, "TOTAL_SECONDS", 0.4)
    site.pages["/"] = answer
    began = time.monotonic()
    assert await title(site) is None
    assert time.monotonic() - began < 2


async def test_a_name_without_an_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "TOTAL_SECONDS", 0.2)
    answers = threading.Event()
    reach = Reach(lambda *_: True, lambda *_: [answers.wait(30)][:0])
    assert await fetch("http://slow.example/", reach) is None
    answers.set()


async def test_what_has_no_end_is_read_up_to_a_bound(site: Site) -> None:
    sent = 0

    def pour(request: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        request.send_response(200)
        request.send_header("Content-Type", "text/html")
        request.end_headers()
        request.wfile.write(b"<title>Comets</title><script>")
        while True:
            request.wfile.write(b"x" * 65536)
            sent += 65536

    site.pages["/"] = pour
    assert await title(site) == "Comets"
    assert sent < 20 * 2**20  # what the system had taken in the meantime; not all that was sent


async def test_headers_are_bounded(site: Site) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n")
        for number in range(1_000_000):
            request.wfile.write(f"X-{number}: y\r\n".encode())

    site.pages["/"] = answer
    site.pages["/long"] = page(b"<title>No</title>", X="y" * 20_000)
    assert await title(site) is None
    assert await title(site, "/long") is None


@pytest.mark.parametrize(
    "interim",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n",
    ],
)
async def test_interim_answers_are_bounded(site: Site, interim: bytes) -> None:
    """aiohttp would parse them as long as they come, with all that a processor can do."""
    sent = 0

    def answer(request: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        while True:
            request.wfile.write(interim * 1000)
            sent += len(interim) * 1000

    site.pages["/"] = answer
    began = time.monotonic()
    assert await title(site) is None
    assert time.monotonic() - began < fetching.TOTAL_SECONDS - 1
    assert sent < 20 * fetching.MAX_RECEIVED


async def test_a_page_in_tiny_pieces_is_read(site: Site) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n")
        request.wfile.write(b"Transfer-Encoding: chunked\r\n\r\n")
        for sign in b"<title>Comets</title></head>":
            request.wfile.write(b"1\r\n%c\r\n" % sign)
        request.wfile.write(b"0\r\n\r\n")

    site.pages["/"] = answer
    assert await title(site) == "Comets"


async def test_the_rest_of_a_page_is_not_waited_for(site: Site) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "text/html")
        request.end_headers()
        for piece in (b"<title>Com", b"ets</title></he", b"ad><body>"):
            request.wfile.write(piece)
            time.sleep(0.05)
        request.rfile.read()

    site.pages["/"] = answer
    began = time.monotonic()
    assert await title(site) == "Comets"
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "raw",
    [
        *(
            b"",
            b"\x00" * 100,
            b"HTTP/1.1 200 OK\r\n",
            b"SSH-2.0-OpenSSH_9.6\r\n",
            b"HTTP/9.9 200\r\n",
        ),
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 500\r\n\r\n<title>",
        b"HTTP/1.1 302 Found\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: \xff\xfe\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_no_error(site: Site, raw: bytes) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(raw)
        request.wfile.flush()
        request.connection.shutdown(socket.SHUT_RDWR)

    site.pages["/"] = answer
    found: Page | None = await fetch(f"{site.address}/", only(site))
    assert found is None


# -- what may pass ---------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_a_site_that_is_down_may_be_asked_later(site: Site, status: int) -> None:
    site.pages["/"] = lambda request: request.send_error(status)
    with pytest.raises(TryLaterError):
        await fetching.fetch(f"{site.address}/", only(site), Lookups())


async def test_so_may_one_that_says_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "TOTAL_SECONDS", 0.2)
    site.pages["/slow"] = say_nothing
    site.pages["/cut"] = lambda request: request.connection.shutdown(socket.SHUT_RDWR)
    for path in ("/slow", "/cut"):
        with pytest.raises(TryLaterError):
            await fetching.fetch(site.address + path, only(site), Lookups())


@pytest.mark.parametrize(("code", "may_pass"), [(socket.EAI_AGAIN, 1), (socket.EAI_NONAME, 0)])
async def test_a_name_server_that_is_down_is_not_a_name_that_is_none(
    code: int, may_pass: int
) -> None:
    def look_up(*_asked: Any) -> list[AddressInfo]:
        raise socket.gaierror(code, "no answer")

    reach = Reach(lambda *_: True, look_up)
    try:
        assert await fetching.fetch("http://a.example/", reach, Lookups()) is None
        assert not may_pass
    except TryLaterError:
        assert may_pass


async def test_a_name_without_an_answer_is_known_until_it_has_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fetching, "TOTAL_SECONDS", 0.2)
    answers = threading.Event()
    reach = Reach(lambda *_: True, lambda *_: [answers.wait(30)][:0])
    lookups = Lookups()
    with pytest.raises(TryLaterError):
        await fetching.fetch("http://slow.example/", reach, lookups)
    [unanswered] = lookups.unanswered()
    answers.set()
    await asyncio.wrap_future(unanswered)
    assert lookups.unanswered() == []


# -- pictures --------------------------------------------------------------------------------------


async def fetch_picture(site: Site, path: str = "/p") -> bytes | None:
    return await fetching.fetch_picture(site.address + path, only(site), Lookups())


@pytest.mark.parametrize(
    ("said", "leads_to"),
    [
        ("/p.png", "{site}/p.png"),
        ("p.png?a=1&amp;b=2#x", "{site}/p.png?a=1&b=2"),
        ("//elsewhere.example/p", "http://elsewhere.example/p"),
        (" https://elsewhere.example./p ", "https://elsewhere.example/p"),
        ("data:image/png;base64,AAAA", ""),
        ("javascript:alert(1)", ""),
        ("file:///etc/passwd", ""),
        ("http://user@elsewhere.example/", ""),
        ("http://[::1/", ""),
        ("", ""),
    ],
)
async def test_a_page_names_its_picture(site: Site, said: str, leads_to: str) -> None:
    site.pages["/"] = html("Comets", more=f"<meta property=og:image content='{said}'>")
    found = await fetch(f"{site.address}/", only(site))
    assert found is not None
    assert found.head.picture == leads_to.format(site=site.address)


async def test_a_picture_is_one_by_itself(site: Site) -> None:
    site.pages["/a%20comet.png"] = picture(9, 9)
    found = await fetch(f"{site.address}/a%20comet.png", only(site))
    assert found is not None
    assert found.is_picture
    assert (found.head.title, found.head.picture) == ("a comet.png", found.url)


async def test_a_picture_is_asked_for_by_the_same_rules(site: Site, inside: Site) -> None:
    inside.pages["/p"] = picture(9, 9)
    site.pages |= {
        "/p": picture(9, 9),
        "/on": redirect("/p"),
        "/in": redirect(f"{inside.address}/p"),
    }
    site.pages["/round"] = redirect("/round")
    assert await fetch_picture(site) == painted(9, 9)
    assert await fetch_picture(site, "/on") == painted(9, 9)
    assert await fetch_picture(site, "/round") is None
    assert len(site.asked) == 3 + 1 + fetching.MAX_REDIRECTS
    assert await fetch_picture(site, "/in") is None
    assert inside.asked == []
    assert site.asked[0][1]["Accept"] == "image/jpeg, image/png, image/gif, image/webp"
    address = f"http://127.0.0.1:{site.port}/p"
    assert await fetching.fetch_picture(address, WEB, Lookups()) is None


@pytest.mark.parametrize("kind", ["image/svg+xml", "text/html", "image/avif", "video/mp4", ""])
async def test_only_pictures_are_read(site: Site, kind: str) -> None:
    site.pages["/p"] = page(painted(9, 9), kind=kind)
    assert await fetch_picture(site) is None


async def test_a_packed_picture_is_not_unpacked(site: Site) -> None:
    site.pages["/p"] = page(gzip.compress(painted(9, 9)), kind="image/png", content_encoding="gzip")
    assert await fetch_picture(site) is None


async def test_a_picture_is_read_up_to_a_bound(site: Site) -> None:
    largest = bytes(fetching.MAX_PICTURE_BYTES)
    site.pages["/p"] = page(largest, kind="image/png")
    assert await fetch_picture(site) == largest
    site.pages["/p"] = page(largest + b"x", kind="image/png")
    assert await fetch_picture(site) is None


async def test_a_picture_without_an_end_is_given_up(site: Site) -> None:
    def pour(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n")
        while True:
            request.wfile.write(bytes(65536))

    site.pages["/p"] = pour
    assert await fetch_picture(site) is None


async def test_a_picture_with_a_piece_for_each_byte_is_given_up(site: Site) -> None:
    """What is around the bytes is parsed as well."""
    sent = 0

    def answer(request: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n")
        request.wfile.write(b"Transfer-Encoding: chunked\r\n\r\n")
        while True:
            request.wfile.write(b"1\r\nx\r\n" * 10_000)
            sent += 10_000

    site.pages["/p"] = answer
    assert await fetch_picture(site) is None
    assert sent < fetching.MAX_PICTURE_BYTES / 2
