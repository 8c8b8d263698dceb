"""Clients of our chat as apps are: each has a long poll open, and asks again when answered."""

import asyncio
import re
from collections.abc import Collection
from contextlib import AsyncExitStack, suppress
from itertools import count

import msgspec

from benchmarks.load_clients.base import TEXT, LoadClients
from benchmarks.servers import Server

V3 = "/_matrix/client/v3"
_SENT = re.compile(rb'"body":"Message (\d+):')
_NEXT = re.compile(rb'"next_batch":"([^"]+)"')
_ROOM = re.compile(rb'"(![^"]+)"')
_transactions = count(1)


class AppClient:
    """A connection of one app, by HTTP/1.1."""

    def __init__(self, server: Server, token: str) -> None:
        self._server, self._token = server, token
        self.since = ""

    async def connect(self, stack: AsyncExitStack) -> None:
        """Open the connection; `stack` closes it."""
        await self._open()
        stack.callback(lambda: self._writer.close())  # whichever is open by then

    async def _open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._server.port)

    async def ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        """Request something; return the body of the answer. Raises `RuntimeError` on a refusal."""
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._server.port}\r\n"
            f"Authorization: Bearer {self._token}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        if length := re.search(rb"content-length: (\d+)", answer, re.IGNORECASE):
            content = await self._reader.readexactly(int(length[1]))
        else:
            content = await self._chunks()
        if b" 200 " not in answer[:20]:
            raise RuntimeError(content.decode())
        return content

    async def _chunks(self) -> bytes:
        """Read a body whose length was not said, as Synapse sends them."""
        content = b""
        while size := int(await self._reader.readline(), 16):
            content += await self._reader.readexactly(size)
            await self._reader.readline()
        await self._reader.readline()
        return content

    async def sync(self, *, seconds: int = 0) -> bytes:
        """Ask for what is new, and wait for it so long; return the answer."""
        known = f"&since={self.since}" if self.since else ""
        path = f"{V3}/sync?timeout={1000 * seconds}{known}"
        try:
            news = await self.ask("GET", path)
        except (asyncio.IncompleteReadError, ConnectionError):
            # A busy machine: it was idle for longer than the server lets it be.
            await self._open()
            news = await self.ask("GET", path)
        found = _NEXT.search(news)
        self.since = found[1].decode() if found else ""
        return news


class AppClients(LoadClients):
    """Apps in one room, of which each is told of every message."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._tokens: list[str] = []
        self._polls: list[asyncio.Task[None]] = []
        self._room = ""

    async def connect(
        self, stack: AsyncExitStack, tokens: Collection[str], room: int | str
    ) -> None:
        """Log in an app for each token; `stack` ends them. A room of ours is given by number."""
        begin = f"!{room}:" if isinstance(room, int) else room
        for token in tokens:
            app = AppClient(self.server, token)
            await app.connect(stack)
            first = await app.sync()
            rooms = {found.decode() for found in _ROOM.findall(first)}
            self._room = next(each for each in rooms if each.startswith(begin))
            self._tokens.append(token)
            self._polls.append(asyncio.create_task(self._poll(app)))
        self.people = len(self._tokens)
        stack.push_async_callback(self._stop)

    async def _stop(self) -> None:
        for poll in self._polls:
            poll.cancel()
        for poll in self._polls:
            with suppress(asyncio.CancelledError):
                await poll

    async def _poll(self, app: AppClient) -> None:
        while True:
            for number in _SENT.findall(await app.sync(seconds=30)):
                self._record(int(number))

    async def _send(self, author: int, number: int) -> None:
        said = {"msgtype": "m.text", "body": TEXT.format(number)}
        path = f"{V3}/rooms/{self._room}/send/m.room.message/{next(_transactions)}"
        async with AsyncExitStack() as stack:  # the server closes what is not used for a while
            sender = AppClient(self.server, self._tokens[author])
            await sender.connect(stack)
            await sender.ask("PUT", path, msgspec.json.encode(said))

    def disconnected(self) -> int:
        """Return how many apps have lost their connection."""
        return sum(poll.done() for poll in self._polls)
