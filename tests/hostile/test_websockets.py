"""Websockets that send too much, read too little, or are too many."""

import socket
import threading
import time
from contextlib import suppress
from itertools import count

import pytest

from benchmarks.attacks import SWITCHING, Member, frame, handshake
from chat_ui.server.protocols.websocket_connection import PER_USER
from tests.hostile.conftest import Connect, answer, works
from tests.http_client import Browser, Page
from tests.server import Server

pytestmark = pytest.mark.long  # floods take what the other tests need
FLOOD_SECONDS = 3.0


@pytest.fixture(scope="module")
def attacker(server: Server) -> Browser:
    """The browser of another member, who attacks."""
    browser = Browser(server.address)
    browser.register("mallory")
    return browser


def member_of(browser: Browser) -> Member:
    return Member(browser.address, browser.cookie())


def open_raw(connect: Connect, page: Page) -> socket.socket:
    """Open the websocket of a page, to send whatever bytes there are."""
    connection = connect()
    assert handshake(connection, member_of(page.browser), page.client_id) == SWITCHING
    connection.sendall(frame(1, b"40"))
    return connection


def flood(connection: socket.socket, frames: bytes) -> None:
    """Send the same frames for some seconds, as many as are taken."""
    ends = time.monotonic() + FLOOD_SECONDS
    connection.settimeout(0.1)
    with suppress(ConnectionError):
        while time.monotonic() < ends:
            with suppress(TimeoutError):
                connection.send(frames)


FLOODS = {
    "pings": frame(9),
    "answers": frame(1, b"3x"),
    "empty parts": frame(1, is_last=False) + frame(0, is_last=False),
    "long pings": frame(9, b"x" * 125),
    "pongs": frame(10),
    "upgrades": frame(1, b"5"),
    "closes": frame(8, b"\x03\xe8"),
}


@pytest.mark.parametrize("kind", FLOODS)
def test_a_flood_slows_down_nobody_else(
    page: Page, attacker: Browser, connect: Connect, kind: str
) -> None:
    connection = open_raw(connect, attacker.open())
    sender = threading.Thread(target=flood, args=(connection, FLOODS[kind] * 2_000))
    sender.start()
    trips = 0
    ends = time.monotonic() + FLOOD_SECONDS
    while time.monotonic() < ends:
        assert works(page)
        trips += 1
        time.sleep(0.1)
    sender.join()
    # At least one in a second, where a server that parses all of it answers none for many seconds.
    assert trips >= FLOOD_SECONDS


def test_who_takes_no_pongs_is_dropped(attacker: Browser, connect: Connect) -> None:
    connection = open_raw(lambda: connect(4096), attacker.open())
    pings = frame(9, b"x" * 125) * 500
    with pytest.raises(ConnectionError):  # before it times out
        all(connection.sendall(pings) is None for _ in count())


def test_a_page_has_two_websockets_at_most(attacker: Browser, connect: Connect) -> None:
    page = attacker.open()
    dropped = [open_raw(connect, page) for _ in range(4)]
    with page.connect():
        for each in dropped[:3]:
            answer(each)  # until it is closed
        assert works(page)


def test_the_websockets_of_a_user_are_limited(attacker: Browser, connect: Connect) -> None:
    member = member_of(attacker)
    found = [handshake(connect(), member, f"page-{n}") for n in range(PER_USER + 20)]
    assert found[PER_USER - 1] == SWITCHING
    assert found[-1].startswith(b"HTTP/1.1 403 ")
