"""A running server, a member's page on it, and raw connections for attacks."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count

import pytest

from tests.conftest import NewFolder
from tests.http_client import Browser, Page
from tests.server import Server

_numbers = count()
Connect = Callable[..., socket.socket]


@pytest.fixture(scope="module")
def server(new_folder: NewFolder) -> Iterator[Server]:
    """One server for all attacks of a file. None may leave a traceback in its log."""
    with Server(new_folder(), CHAT_MESSAGE_RATE="1000 per 10 seconds") as running:
        yield running
    log = running.log.read_text()
    assert "Traceback" not in log, log


@pytest.fixture(scope="module")
def browser(server: Server) -> Browser:
    """A member's browser."""
    browser = Browser(server.address)
    browser.register("asha")
    return browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A member's page, connected."""
    with browser.open().connect() as opened:
        opened.catch_up()
        yield opened


@pytest.fixture
def connect(server: Server) -> Iterator[Connect]:
    """Open a connection on which anything can be sent; all are closed at the end.

    It may take few bytes at a time, so that what it does not read soon waits at the server.
    """
    with ExitStack() as stack:

        def open_one(receive_bytes: int = 0) -> socket.socket:
            made = stack.enter_context(socket.socket())
            if receive_bytes:
                made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
            made.settimeout(30)
            made.connect(("127.0.0.1", server.port))
            return made

        yield open_one


def works(page: Page) -> bool:
    """Tell whether a member can still send, and sees what they sent."""
    number = f"message-{next(_numbers):04}"
    page.send("still here", number)
    return bool(page.wait_for("chat_messages", lambda data: number in data["html"]))


def answer(connection: socket.socket) -> bytes:
    """Return what the server sends until it closes the connection."""
    received = b""
    try:
        while more := connection.recv(65536):
            received += more
    except ConnectionResetError:  # it had not read all that was sent
        pass
    return received
