"""What a hostile client does, for `benchmarks/hostile.py` and `tests/hostile/`.

`python -m benchmarks.attacks header http://127.0.0.1:8080 10` attacks a chat on this machine.
"""

import asyncio
import secrets
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import cycle
from urllib.parse import urlsplit

import httpx

from benchmarks.client import PASSWORD, ChatClient, Rejected
from benchmarks.page_html import websocket_address
from benchmarks.socketio_client import ConnectionLost

SWITCHING = b"HTTP/1.1 101 Switching Protocols"
MASK = b"\0\0\0\0"
MAX_HELD = 2_000
"""Connections that one attack holds at a time."""
HEAVY = [
    f"{'x' * length}{unit * 4_000}"[:4_000]
    for length in range(100)  # no two are the same, so nothing drawn before helps
    for unit in ("```js\na\n```\n", "a.io ", "$\\frac{a}{b}$ ", "- a\n", "```js\na+a+a\n")
]
"""Messages that take as long as any to render, and would become up to 100 kB of HTML."""


@dataclass(frozen=True)
class Member:
    """An attacker with an account: where the chat is, and the Cookie header."""

    address: str
    cookie: str

    @property
    def host(self) -> str:
        """The host and port of the chat."""
        return urlsplit(self.address).netloc


def register(address: str) -> Member:
    """Register an account with a random name."""
    form = {"username": f"m{secrets.token_hex(6)}", "password": PASSWORD}
    with httpx.Client(headers={"Origin": address}, verify=False) as client:
        answer = client.post(f"{address}/register", data=form)
        if answer.status_code != httpx.codes.SEE_OTHER:
            raise RuntimeError(f"no account: {answer.text}")
        cookies = "; ".join(f"{each.name}={each.value}" for each in client.cookies.jar)
    return Member(address, cookies)


def connect(address: str) -> socket.socket:
    """Open a connection."""
    parts = urlsplit(address)
    return socket.create_connection((parts.hostname or "", parts.port or 80), timeout=5)


def frame(opcode: int, payload: bytes = b"", *, is_last: bool = True) -> bytes:
    """Return a websocket frame as a client sends it (RFC 6455 §5.2), up to 125 bytes long."""
    return bytes([is_last << 7 | opcode, 0x80 | len(payload)]) + MASK + payload


def handshake_head(member: Member, client_id: str) -> bytes:
    """Return the request for the websocket of a page."""
    head = {
        "Host": member.host,
        "Origin": member.address,
        "Cookie": member.cookie,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg==",
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    path = websocket_address(member.address, client_id).partition(member.host)[2]
    return f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode()


def handshake(connection: socket.socket, member: Member, client_id: str) -> bytes:
    """Ask for the websocket of a page; return the status line of the answer."""
    connection.sendall(handshake_head(member, client_id))
    return connection.recv(65536).partition(b"\r\n")[0]


def endless_header(address: str, clock: Iterator[None]) -> None:
    """Send headers without end, on one connection after another."""
    for _ in clock:
        with connect(address) as connection, suppress(OSError):
            connection.sendall(b"GET / HTTP/1.1\r\nX: ")
            for _ in clock:
                connection.sendall(b"x" * 65536)


def backslashes(address: str, clock: Iterator[None]) -> None:
    """Send cookies of 120,000 backslashes."""
    host = urlsplit(address).netloc.encode()
    for _ in clock:
        with connect(address) as connection, suppress(OSError):
            cookie = b'Cookie: a="' + b"\\" * 120_000 + b'"\r\n\r\n'
            connection.sendall(b"GET / HTTP/1.1\r\nHost: %s\r\n" % host + cookie)
            connection.recv(65536)


def half_open(address: str, clock: Iterator[None]) -> None:
    """Begin forms, and never finish them."""
    host = urlsplit(address).netloc.encode()
    begun = (
        b"POST /login HTTP/1.1\r\nHost: %s\r\nContent-Length: 60000\r\n\r\n" % host + b"x" * 50_000
    )
    with ExitStack() as stack:
        for _count, _ in zip(range(MAX_HELD), clock, strict=False):
            with suppress(OSError):
                stack.enter_context(connect(address)).sendall(begun)
        for _ in clock:
            time.sleep(0.1)


def frames(address: str, clock: Iterator[None]) -> None:
    """Send pings as fast as they are taken, and read no pongs."""
    member = register(address)
    for _ in clock:
        with connect(address) as connection, suppress(OSError):
            handshake(connection, member, "made-up")
            connection.settimeout(0.1)
            for _ in clock:
                with suppress(TimeoutError):
                    connection.send(frame(9) * 2_000)


def websockets(address: str, clock: Iterator[None]) -> None:
    """Open websockets of one page, and read none."""
    member = register(address)
    with ExitStack() as stack:
        for _count, _ in zip(range(MAX_HELD), clock, strict=False):
            with suppress(OSError):
                handshake(stack.enter_context(connect(address)), member, "made-up")
        for _ in clock:
            time.sleep(0.1)


def heavy_messages(address: str, clock: Iterator[None]) -> None:
    """Write messages that are expensive to render, and read them again and again."""
    asyncio.run(_write_and_read(address, clock))


async def _write_and_read(address: str, clock: Iterator[None]) -> None:
    async with ChatClient(address, f"m{secrets.token_hex(6)}") as attacker:
        await attacker.log_in()
        for _ in clock:
            with suppress(ConnectionLost, Rejected):  # who asks for too much is cut off or refused
                await attacker.open()
                await _flood_with_messages(attacker, clock)
            await asyncio.sleep(0.1)


async def _flood_with_messages(attacker: ChatClient, clock: Iterator[None]) -> None:
    room = attacker.room
    for text, _ in zip(cycle(HEAVY), clock, strict=False):
        with suppress(Rejected):  # who has written what costs much has to wait
            await attacker.send(text)
        await attacker.emit("edit", {"room": room, "seq": attacker.last, "text": text[1:]})
        here = {"room": room, "seq": attacker.last}
        for _ in range(10):
            await attacker.emit("catch_up", {"room": room, "last": 0})
            await attacker.emit("load_older", {"room": room, "before": attacker.last})
            await attacker.emit("message_action", {"action": "history", **here})
            await attacker.emit("message_action", {"action": "save", **here})
            await attacker.emit("navigate", {"path": f"/rooms/{room}/pins"})
            await attacker.emit("navigate", {"path": "/saved"})
            await attacker.emit("navigate", {"path": f"/rooms/{room}"})
        await asyncio.sleep(0.05)


ATTACKS: dict[str, Callable[[str, Iterator[None]], None]] = {
    "endless headers": endless_header,
    "cookies of backslashes": backslashes,
    "half-sent forms": half_open,
    "floods of pings": frames,
    "websockets without end": websockets,
    "messages that cost much": heavy_messages,
}


def clock(seconds: float) -> Iterator[None]:
    """Yield for so many seconds."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        yield


if __name__ == "__main__":
    _program, name, address, seconds = sys.argv
    ATTACKS[name](address, clock(float(seconds)))
