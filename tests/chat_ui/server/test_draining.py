"""What one of several processes does when it is stopped: nobody loses anything by it."""

import signal
import socket
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.conftest import NewFolder, posix_only
from tests.http_client import Browser
from tests.server import PROJECT, Server
from tests.upload_client import TYPE, file_form

pytestmark = posix_only
READY = "/readyz"


def started(data_folder: NewFolder, notice: float) -> Server:
    """Return a process that waits so long before it takes no connections any more."""
    server = Server(data_folder(), SIMPLE_CHAT_NOTICE=str(notice))
    server.command[1] = str(PROJECT / "tests" / "one_of_several.py")
    return server.start()


@pytest.fixture
def server(new_folder: NewFolder) -> Iterator[Server]:
    """A process that others go on without, which soon takes no connections."""
    running = started(new_folder, 0.2)
    yield running
    if running.process.poll() is None:
        running.kill()


@pytest.fixture
def asha(server: Server) -> Browser:
    browser = Browser(server.address)
    assert browser.register("asha").status_code == 303
    return browser


def until(is_so: Callable[[], bool], *, within: float = 10) -> None:
    """Wait until something is so."""
    end = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def is_closed(server: Server) -> bool:
    """Return whether the process takes no connection."""
    try:
        socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False


def test_it_is_not_ready_at_once_and_serves_all_the_same(new_folder: NewFolder) -> None:
    server = started(new_folder, 60)
    try:
        with httpx.Client(base_url=server.address, verify=False) as client:
            assert client.get(READY).status_code == 200
            server.process.send_signal(signal.SIGTERM)
            until(lambda: client.get(READY).status_code == 503)
            assert client.get(READY).json() == {"status": "stopping"}
            assert client.get("/login").status_code == 200
            assert client.get("/healthz").status_code == 200
            server.process.send_signal(signal.SIGTERM)  # as some supervisors do
            assert client.get("/login").status_code == 200
    finally:
        server.process.send_signal(signal.SIGINT)  # it was asked before, so it stops at once
        assert server.process.wait(timeout=10) == 0


def test_pages_are_told_and_it_ends_once_all_have_left(server: Server, asha: Browser) -> None:
    pages = [asha.open().connect() for _number in range(12)]
    for page in pages:
        page.catch_up()
    server.process.send_signal(signal.SIGTERM)
    for page in pages:
        assert page.wait_for("chat_server_stopping") == {}
    until(lambda: is_closed(server))
    pages[0].send("sent before leaving", "draining-1")
    pages[1].wait_for("chat_messages", lambda sent: "sent before leaving" in sent["html"])
    assert server.process.poll() is None
    for page in pages:
        page.__exit__()
    assert server.process.wait(timeout=5) == 0


def test_what_is_being_sent_is_finished(server: Server, asha: Browser) -> None:
    body = file_form(b"x" * 200_000)
    head = (
        f"POST /rooms/1/files HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"Origin: {server.address}\r\nCookie: {asha.cookie()}\r\n"
        f"Content-Type: {TYPE}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(head.encode() + body[:100_000])
        asha.http.get(READY)  # answered after what came before it
        server.process.send_signal(signal.SIGTERM)
        until(lambda: is_closed(server))
        connection.sendall(body[100_000:])
        assert connection.recv(65_536).startswith(b"HTTP/1.1 201")
    assert server.process.wait(timeout=10) == 0


def test_a_second_ctrl_c_stops_it_at_once(server: Server, asha: Browser) -> None:
    with asha.open().connect() as page:
        page.catch_up()
        server.process.send_signal(signal.SIGINT)
        page.wait_for("chat_server_stopping")
        server.process.send_signal(signal.SIGINT)
        assert page.is_disconnected()
    assert server.process.wait(timeout=10) == 0
