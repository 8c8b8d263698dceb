"""Connections that send too much, too slowly, or are too many."""

import socket
import time
from contextlib import suppress

import psutil
import pytest
from nicegui import __version__ as nicegui_version

from chat_ui.server.protocols import http_connection, open_connections
from tests.hostile.conftest import Connect, answer, works
from tests.http_client import Browser, Page
from tests.server import Server

GET = b"GET /healthz HTTP/1.1\r\nHost: %s\r\n"
POST = b"POST /login HTTP/1.1\r\nHost: %s\r\nOrigin: http://%s\r\n"


def host(server: Server) -> bytes:
    return server.address.removeprefix("http://").encode()


def send_until_refused(connection: socket.socket, data: bytes, times: int) -> int:
    """Send the same again and again; return how many bytes were sent until it failed."""
    sent = 0
    with suppress(ConnectionError):
        for _ in range(times):
            connection.sendall(data)
            sent += len(data)
            time.sleep(0.001)  # so that the server's answer is noticed before more is sent
    return sent


# -- too much --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "beginning",
    [
        b"GET /",
        b"GET /healthz HTTP/1.1\r\nX: ",
        POST + b"Transfer-Encoding: chunked\r\n\r\n1;",
        POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ",
    ],
    ids=["address", "header", "chunk", "trailer"],
)
def test_a_header_without_end_is_refused(
    server: Server, page: Page, connect: Connect, beginning: bytes
) -> None:
    stranger = connect()
    stranger.sendall(beginning.replace(b"%s", host(server)))
    sent = send_until_refused(stranger, b"x" * 4096, 5_000)
    assert sent < 5_000 * 4096
    assert works(page)


def test_many_short_headers_are_refused_as_one_long_header_is(
    server: Server, connect: Connect
) -> None:
    stranger = connect()
    stranger.sendall(GET % host(server) + b"a: b\r\n" * 8_000 + b"\r\n")
    status, _, sentence = answer(stranger).partition(b"\r\n")
    assert status == b"HTTP/1.1 431 Request Header Fields Too Large"
    assert http_connection.TOO_LONG.encode() in sentence


def test_one_byte_chunks_are_refused(server: Server, connect: Connect) -> None:
    stranger = connect()
    stranger.sendall(POST.replace(b"%s", host(server)) + b"Transfer-Encoding: chunked\r\n\r\n")
    assert send_until_refused(stranger, b"1\r\nx\r\n" * 1_000, 1_000) < 1_000_000


def test_a_header_below_the_limit_is_read(server: Server, connect: Connect) -> None:
    stranger = connect()
    cookie = b"Cookie: theme=" + b"\\" * 30_000
    stranger.sendall(GET % host(server) + b"Connection: close\r\n" + cookie + b"\r\n\r\n")
    assert answer(stranger).startswith(b"HTTP/1.1 200 OK")


def test_a_cookie_of_backslashes_is_refused(server: Server, page: Page, connect: Connect) -> None:
    stranger = connect()
    stranger.sendall(GET % host(server) + b'Cookie: a="' + b"\\" * 120_000 + b'"\r\n\r\n')
    assert answer(stranger).startswith(b"HTTP/1.1 431 ")
    assert works(page)


def test_a_read_full_of_requests_is_refused(server: Server, page: Page, connect: Connect) -> None:
    stranger = connect()
    with suppress(ConnectionError):
        stranger.sendall((GET % host(server) + b"\r\n") * 10_000)
    assert answer(stranger).count(b"HTTP/1.1 200 OK") < 100
    assert works(page)


# -- too many --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "beginning",
    [b"", b"GET / HT", POST + b"Content-Length: 60000\r\n\r\nusername="],
    ids=["silent", "head", "form"],
)
@pytest.mark.long  # hundreds of connections
def test_half_open_connections_push_out_each_other(
    server: Server, page: Page, connect: Connect, beginning: bytes
) -> None:
    process = psutil.Process(server.process.pid)
    before = process.num_fds()
    for _ in range(3 * open_connections.PER_ADDRESS):
        connect().sendall(beginning.replace(b"%s", host(server)))
    assert works(page)
    assert Browser(server.address).http.get("/healthz").status_code == 200
    assert process.num_fds() - before <= open_connections.PER_ADDRESS + 10


@pytest.mark.long  # hundreds of connections
def test_those_who_take_no_answer_push_out_each_other(
    server: Server, page: Page, connect: Connect
) -> None:
    large = f"/_nicegui/{nicegui_version}/static/sass.dart.js".encode()
    for _ in range(open_connections.PER_ADDRESS + 20):
        stranger = connect(4096)
        stranger.sendall((GET % host(server)).replace(b"/healthz", large) + b"\r\n")
        assert stranger.recv(15) == b"HTTP/1.1 200 OK"
    assert Browser(server.address).http.get("/healthz").status_code == 200
    assert works(page)


@pytest.mark.long  # hundreds of connections
def test_a_member_is_not_pushed_out(browser: Browser, connect: Connect) -> None:
    assert browser.http.get("/rooms").status_code == 200
    idle = [each for each in browser.http._transport._pool.connections if each.is_idle()]
    for _ in range(2 * open_connections.PER_ADDRESS):
        connect().sendall(b"GET / HT")
    assert idle
    assert browser.http.get("/rooms").status_code == 200
    assert [each for each in browser.http._transport._pool.connections if each.is_idle()] == idle
