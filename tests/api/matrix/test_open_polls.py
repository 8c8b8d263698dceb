"""Requests that wait, on a real server: who is gone takes no place, and stopping answers all."""

import select
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from services.sync import polls
from tests.api.matrix.app import V3
from tests.api.matrix.test_killed import Phone
from tests.http_client import Browser
from tests.server import Server

SOON = 3.0
"""Seconds; a request that nobody had answered would take five of the server's end."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server with an account."""
    with Server(tmp_path / "data") as running:
        assert Browser(running.address).register("asha").status_code == 303
        yield running


def wait(phone: Phone) -> socket.socket:
    """Ask for what is new, and return the connection, on which the answer is awaited."""
    since = phone.ask("GET", "/sync")["next_batch"]
    where = urlsplit(str(phone.http.base_url))
    opened = socket.create_connection((where.hostname, where.port), timeout=20)
    head = (
        f"GET {V3}/sync?since={since}&timeout=30000 HTTP/1.1",
        f"Host: {where.netloc}",
        f"Authorization: {phone.http.headers['Authorization']}",
        "",
        "",
    )
    opened.sendall("\r\n".join(head).encode())
    for _time in range(3):  # by then it has begun to wait
        phone.ask("GET", "/account/whoami")
    return opened


def test_stopping_answers_what_waits(server: Server) -> None:
    waiting = [wait(Phone(server, "asha")) for _each in range(2)]
    before = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - before < SOON
    for each in waiting:
        assert each.recv(100).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("how", ["closed", pytest.param("reset", marks=pytest.mark.long)])
def test_an_app_that_is_gone_takes_no_place(server: Server, how: str) -> None:
    phone = Phone(server, "asha")
    stays = wait(phone)
    for _time in range(polls.MAX_OF_PERSON + 1):
        gone = wait(phone)
        if how == "reset":
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        gone.close()
    answered, _writable, _errors = select.select([stays], [], [], 0)
    assert not answered, "the oldest was answered for one more"
    Phone(server, "asha").ask("POST", "/createRoom", {"name": "New"})
    assert stays.recv(100).startswith(b"HTTP/1.1 200 ")
