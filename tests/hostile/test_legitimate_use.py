"""What people do together or on bad lines passes: no bound against attackers refuses it."""

import re
import socket
import time
from collections.abc import AsyncIterator

import pytest
from starlette.requests import Request

from benchmarks.attacks import SWITCHING, Member, handshake
from chat_ui.server.protocols import http_connection
from chat_ui.server.routes import file_routes
from tests import upload_client
from tests.hostile.conftest import Connect, works
from tests.http_client import Browser, HandshakeRefused, Page
from tests.server import Server

PEOPLE = 40
PAGES_EACH = 5
LARGE = 25_000_000
SLOW = 256_000 // 8
"""Bytes in a second of a slow line."""


@pytest.fixture(scope="module")
def everyone(server: Server) -> list[Browser]:
    """A class behind one address: all register at once, and log in once more, elsewhere."""
    browsers = []
    for number in range(PEOPLE):
        assert Browser(server.address).register(f"pupil{number}").status_code == 303
        browsers.append(Browser(server.address))
        assert browsers[-1].login(f"pupil{number}").status_code == 303
    return browsers


@pytest.mark.long  # forty people
def test_a_class_logs_in_and_talks(page: Page, everyone: list[Browser], connect: Connect) -> None:
    for browser in everyone:
        opened = browser.open()
        member = Member(browser.address, browser.cookie())
        assert handshake(connect(), member, opened.client_id) == SWITCHING
    with everyone[0].open().connect() as first, everyone[-1].open().connect() as last:
        for each in (first, last):
            each.catch_up()
        first.send("good morning", "morning-0001")
        assert last.wait_for("chat_messages", lambda data: "morning-0001" in data["html"])
    assert works(page)


@pytest.mark.long  # draws hundreds of pages
def test_two_hundred_pages_of_one_address(
    page: Page, everyone: list[Browser], connect: Connect
) -> None:
    connections = []
    for browser in everyone:
        member = Member(browser.address, browser.cookie())
        for _ in range(PAGES_EACH):
            connections.append(connect())
            assert handshake(connections[-1], member, browser.open().client_id) == SWITCHING
    assert works(page)
    assert not any(map(is_closed, connections))  # none was dropped for another


def is_closed(connection: socket.socket) -> bool:
    """Tell whether the server has closed a connection, after taking what it sent."""
    connection.setblocking(False)
    try:
        while connection.recv(65536):
            pass
    except BlockingIOError:
        return False
    return True


@pytest.mark.long  # waits, as tests/chat_ui/server/test_guard.py does
def test_a_page_that_slept_is_loaded_again(browser: Browser) -> None:
    page = browser.open()
    with page.connect():
        page.catch_up()
    time.sleep(3)  # a page that was left is kept for a moment
    with pytest.raises(HandshakeRefused, match="Implicit handshake failed"):
        page.connect()  # on this message NiceGUI's script reloads the page
    with browser.open().connect() as again:
        again.catch_up()
        assert works(again)


# -- files on a slow line --------------------------------------------------------------------------


def test_a_large_file_that_begins_slowly_is_stored(server: Server, browser: Browser) -> None:
    form = upload_client.file_form(bytes(LARGE), name="lecture.bin")
    with upload_client.connect(server.port) as connection:
        head = upload_client.request_head(server.port, browser.cookie(), len(form))
        connection.sendall(head)
        for start in range(0, SLOW, SLOW // 10):
            connection.sendall(form[start : start + SLOW // 10])
            time.sleep(0.1)
        connection.sendall(form[start + SLOW // 10 :])
        status, received = upload_client.read_response(connection)
    assert status == 201, received
    assert re.search(r'"seq":\d+', received)


async def read(bytes_per_second: float, monkeypatch: pytest.MonkeyPatch) -> int:
    """Read an upload of 25 MB on a clock that only this line moves on; return what was read."""
    moment = 0.0
    piece = bytes(20_000)

    async def receive() -> dict[str, object]:
        nonlocal moment, left
        moment += len(piece) / bytes_per_second
        left -= len(piece)
        return {"type": "http.request", "body": piece, "more_body": left > 0}

    left = LARGE
    monkeypatch.setattr(file_routes.time, "monotonic", lambda: moment)
    chunks: AsyncIterator[bytes] = file_routes.chunks(Request({"type": "http"}, receive))
    return sum([len(chunk) async for chunk in chunks])


async def test_a_slow_line_has_time_for_a_large_file(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await read(SLOW, monkeypatch) == LARGE
    assert await read(SLOW / 3, monkeypatch) == LARGE
    with pytest.raises(TimeoutError):
        await read(SLOW / 10, monkeypatch)


def test_a_connection_has_time_for_it_as_well() -> None:
    """The deadline of a body grows faster than a slow line takes to bring it."""
    for second in range(LARGE // SLOW):
        received = second * SLOW
        assert second < http_connection.BODY_SECONDS + received / http_connection.BODY_RATE
