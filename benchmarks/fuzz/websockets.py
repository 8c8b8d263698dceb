"""Sends changed frames on the websockets of members' pages."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from random import Random
from urllib.parse import urlsplit

import httpx

from benchmarks.attacks import Member, handshake_head
from benchmarks.client import PASSWORD
from benchmarks.fuzz.frames import any_frame, frame
from benchmarks.fuzz.report import Report
from benchmarks.page import browser
from benchmarks.page_html import PageState

PATHS = ("/rooms/1", "/rooms/1", "/rooms", "/account", "/search?q=a", "/mentions", "/saved")
ANSWER_SECONDS = 5.0
"""For the answer to a ping: who has used their share of the processor waits for it. Where a frame
was cut, the ping is taken for its end."""
PING, PONG, TEXT, CLOSE = 9, 10, 1, 8


class Visitor:
    """A member, and the websocket of one of their pages."""

    def __init__(self, address: str, name: str) -> None:
        self.address = address
        self.name = name
        self.http = browser(address)
        self.page: PageState
        self._socket: Socket | None = None

    async def register(self) -> None:
        """Register, or log in again after the session has ended."""
        self.http.cookies.clear()
        filled = {"username": self.name, "password": PASSWORD}
        answer = await self.http.post("/register", data=filled)
        if answer.status_code == httpx.codes.CONFLICT:
            answer = await self.http.post("/login", data=filled)
        if answer.status_code != httpx.codes.SEE_OTHER:
            raise RuntimeError(f"{self.name} cannot log in: {answer.status_code}")

    @property
    def cookie(self) -> str:
        """The Cookie header."""
        return "; ".join(f"{each.name}={each.value}" for each in self.http.cookies.jar)

    async def send_all(self, seed: int, numbers: Iterator[int], report: Report) -> None:
        """Send all frames of these numbers."""
        for number in numbers:
            if report.is_over:
                break
            random = Random(f"{seed} {number}")
            if self._socket is None or self._socket.closed.is_set():
                self._socket = await self._open(random, report)
            data = any_frame(random, self.page)
            report.sending(number, data)
            if not await self._socket.send(data):
                report.unanswered += 1
                self._socket.close()
        if self._socket is not None:
            self._socket.close()
        await self.http.aclose()

    async def _open(self, random: Random, report: Report) -> "Socket":
        """Connect the page again, or another one if that is gone."""
        if self._socket is None or random.random() < 0.1:
            await self.load(random)
        while True:
            with suppress(OSError, asyncio.IncompleteReadError):
                socket = await Socket.open(self.address, self.cookie, self.page)
                report.opened += 1
                return socket
            await asyncio.sleep(0.1)
            await self.load(random)

    async def load(self, random: Random) -> None:
        """Load a page."""
        answer = None
        while answer is None:
            answer = await self._get(random.choice(PATHS))
        self.page = PageState(answer.text)

    async def _get(self, path: str) -> httpx.Response | None:
        """Return the answer with a page, or None after a moment if there was another."""
        with suppress(httpx.TransportError):  # the connection had waited for too long
            answer = await self.http.get(path)
            if answer.status_code == httpx.codes.OK:
                return answer
            if answer.status_code == httpx.codes.SEE_OTHER:
                await self.register()
        await asyncio.sleep(0.5)
        return None


class Socket:
    """One websocket, whose page takes what the server sends."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, page: PageState
    ) -> None:
        self.closed = asyncio.Event()
        self._reader = reader
        self._writer = writer
        self._page = page
        self._answered = asyncio.Event()
        self._reading = asyncio.create_task(self._read_all())

    @classmethod
    async def open(cls, address: str, cookie: str, page: PageState) -> "Socket":
        """Connect. Raises `ConnectionError` when the server refuses."""
        parts = urlsplit(address)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
        writer.write(handshake_head(Member(address, cookie), page.client_id))
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in head:
            writer.transport.abort()
            raise ConnectionRefusedError(head.decode("latin-1"))
        writer.write(frame(b"40"))
        return cls(reader, writer, page)

    async def send(self, data: bytes) -> bool:
        """Send frames; return whether the server then answers a ping, or ends the connection."""
        self._answered.clear()
        with suppress(OSError):
            self._writer.write(data)
            await self._writer.drain()
            self._writer.write(frame(b"", opcode=PING))
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._answered.wait()
                return True
        return False

    def close(self) -> None:
        """Close it at once."""
        self._reading.cancel()
        self._writer.transport.abort()
        self.closed.set()

    async def _read_all(self) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                while True:
                    self._take(*await self._frame())
        finally:
            self.closed.set()
            self._answered.set()
            self._writer.transport.abort()

    async def _frame(self) -> tuple[int, bytes]:
        first, length = await self._reader.readexactly(2)
        if length == 126:
            length = int.from_bytes(await self._reader.readexactly(2))
        elif length == 127:
            length = int.from_bytes(await self._reader.readexactly(8))
        return first & 15, await self._reader.readexactly(length)

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == PONG:
            self._answered.set()
        elif opcode == CLOSE:
            raise ConnectionResetError
        elif payload == b"2":
            self._writer.write(frame(b"3"))
        elif payload.startswith(b'42["update"'):
            _name, update = json.loads(payload[2:])
            update.pop("_id", None)
            self._page.update(update)
