"""Proxies in front of the database and the bus of one process, which harm what passes."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Self

from benchmarks.chaos.cluster.replies import replies

CHUNK = 1 << 16
LOST, DOUBLED, DELAYED = 0.3, 0.2, 0.3
"""The shares of hints that are lost, arrive twice, and arrive after later ones."""
MAX_DELAY = 0.5


class Relay:
    """Relays connections to a port of this machine, from its own `port`, as they are."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._tasks: set[asyncio.Task[None]] = set()
        self.counts: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port: int = self._listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._listener.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.transport.abort()
            return
        link = _Link(writer, server[1])
        for work in (self._up(reader, link), self._down(server[0], link)):
            task = asyncio.create_task(link.until_broken(work))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _up(self, client: asyncio.StreamReader, link: "_Link") -> None:
        """Relay to the server."""
        while piece := await client.read(CHUNK):
            await link.to_server(piece)

    async def _down(self, server: asyncio.StreamReader, link: "_Link") -> None:
        """Relay to the client."""
        while piece := await server.read(CHUNK):
            await link.to_client(piece)


class _Link:
    """Both ends of a connection."""

    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self._client = client
        self._server = server
        self.is_cut = False
        """Whether the client gets nothing more."""

    async def to_client(self, piece: bytes) -> None:
        """Send something to the client."""
        self._client.write(piece)
        await self._client.drain()

    async def to_server(self, piece: bytes) -> None:
        """Send something to the server."""
        self._server.write(piece)
        await self._server.drain()

    async def until_broken(self, work: Awaitable[None]) -> None:
        """Do something until a connection ends, then end both."""
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await work
        finally:
            for end in (self._client, self._server):
                with suppress(RuntimeError):  # the loop may be closed already
                    end.transport.abort()


class HeldHints(Relay):
    """In front of Redis: what a process tells others may be held back until the process is gone."""

    def __init__(self, to: int) -> None:
        super().__init__(to)
        self.is_holding = False

    async def _up(self, client: asyncio.StreamReader, link: _Link) -> None:
        while piece := await client.read(CHUNK):
            if not self.is_holding:
                await link.to_server(piece)


class HarmedHints(Relay):
    """In front of Redis: loses, doubles and delays what processes tell each other."""

    def __init__(self, to: int, *, seed: int = 0) -> None:
        super().__init__(to)
        self._random = random.Random(seed)
        self.is_harming = False

    async def _down(self, server: asyncio.StreamReader, link: _Link) -> None:
        later: set[asyncio.Task[None]] = set()
        async for reply, is_hint in replies(server):
            fate = self._random.random() if is_hint and self.is_harming else 1.0
            if fate < LOST:
                self.counts["lost"] += 1
            elif fate < LOST + DOUBLED:
                self.counts["doubled"] += 1
                await link.to_client(reply * 2)
            elif fate < LOST + DOUBLED + DELAYED:
                self.counts["late"] += 1
                task = asyncio.create_task(self._send_later(reply, link))
                later.add(task)
                task.add_done_callback(later.discard)
            else:
                await link.to_client(reply)

    async def _send_later(self, reply: bytes, link: _Link) -> None:
        await asyncio.sleep(self._random.uniform(0, MAX_DELAY))
        with suppress(OSError):
            await link.to_client(reply)


class CutCommits(Relay):
    """In front of PostgreSQL: cuts connections once a COMMIT is answered, which is not let through.

    Only while `is_cutting`, and a few at most: the writer tries again only so often.
    """

    def __init__(self, to: int, *, is_due: Callable[[], bool]) -> None:
        """`is_due` is asked at each commit whether its answer is to be lost."""
        super().__init__(to)
        self._is_due = is_due

    async def _up(self, client: asyncio.StreamReader, link: _Link) -> None:
        while piece := await client.read(CHUNK):
            # A simple query (Q) of its own, by which psycopg ends its transactions.
            if piece.startswith(b"Q") and piece.endswith(b"COMMIT\0") and self._is_due():
                link.is_cut = True
            await link.to_server(piece)

    async def _down(self, server: asyncio.StreamReader, link: _Link) -> None:
        while piece := await server.read(CHUNK):
            if link.is_cut:
                self.counts["cut"] += 1
                return
            await link.to_client(piece)
