"""Sends changed HTTP requests on raw connections, several at a time."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import suppress
from random import Random
from urllib.parse import urlsplit

from benchmarks.fuzz.answers import Answer, problem, take
from benchmarks.fuzz.report import Report
from benchmarks.fuzz.requests import Site, request

CONNECTIONS = 32
WAIT_SECONDS = 2.0
"""For an answer. What waits for the rest of a request gets none; it is left, and counted."""
QUIET_SECONDS = 0.02
"""For another answer, where several requests went in one piece."""
MAX_PER_CONNECTION = 20


async def send_all(
    address: str, site: Site, seed: int, numbers: Iterator[int], report: Report
) -> None:
    """Send all requests of these numbers."""
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(_send(address, site, seed, numbers, report))


async def _send(
    address: str, site: Site, seed: int, numbers: Iterator[int], report: Report
) -> None:
    connection: Connection | None = None
    for number in numbers:
        if report.is_over:
            break
        random = Random(f"{seed} {number}")
        data = request(random, site)
        report.sending(number, data)
        if connection is None or connection.is_closed:
            connection = await Connection.open(address, random)
        try:
            answers = await connection.exchange(data)
        except ValueError as error:
            report.found(number, data, str(error))
            answers = []
        is_head = b"HEAD" in data
        for answer in answers:
            if wrong := problem(answer, is_head=is_head):
                report.found(number, data, wrong, answer.text())
        report.count(*(answer.status for answer in answers))
    if connection is not None:
        connection.close()


class Connection:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.is_over = False
        self._reader = reader
        self._writer = writer
        self._left = MAX_PER_CONNECTION

    @property
    def is_closed(self) -> bool:
        """Whether nothing more can be sent on it."""
        return self.is_over or self._reader.at_eof() or self._writer.is_closing()

    @classmethod
    async def open(cls, address: str, random: Random) -> "Connection":
        """Connect from some address of this machine, so that rate limits do not hide the rest."""
        parts = urlsplit(address)
        source = None
        if sys.platform == "linux":  # elsewhere the interface has 127.0.0.1 only
            source = (f"127.0.0.{random.randrange(2, 255)}", 0)
        return cls(
            *await asyncio.open_connection(parts.hostname, parts.port or 80, local_addr=source)
        )

    async def exchange(self, data: bytes) -> list[Answer]:
        """Send something, and return the answers. Raises `ValueError` for what is none."""
        self._left -= 1
        # A refused websocket ends its connection without saying so.
        is_single = data.count(b"HTTP/1.") == 1 and b"websocket" not in data
        self.is_over = self._left <= 0 or not is_single
        answers: list[Answer] = []
        buffer = bytearray()
        is_head = data.lstrip().startswith(b"HEAD")
        try:
            with suppress(OSError):
                self._writer.write(data)
                while more := await self._read(bool(answers)):
                    buffer += more
                    while answer := take(buffer, is_head=is_head):
                        answers += [answer] * (answer.status >= 200)
                        self.is_over |= answer.closes
                    if answers and data.count(b"HTTP/1.") < 2:
                        break
                else:
                    self.is_over = True
        finally:
            if self.is_over or buffer:
                self.close()
        return answers

    def close(self) -> None:
        """Close it at once."""
        self.is_over = True
        self._writer.transport.abort()

    async def _read(self, is_answered: bool) -> bytes:
        with suppress(TimeoutError):
            async with asyncio.timeout(QUIET_SECONDS if is_answered else WAIT_SECONDS):
                return await self._reader.read(2**18)
        return b""
