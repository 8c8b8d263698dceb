"""A bad connection: it loses and delays frames in both directions, and breaks at random."""

import asyncio
import random
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Self

DROPPED, CUT, DELAYED = 0.04, 0.01, 0.2
"""The shares of frames that are lost, end the connection, and are delayed."""
MAX_DELAY = 0.1
SMALL = 16 * 1024
"""Bytes buffered in the proxy: few, so that the server soon notices a slow reader."""


class Proxy:
    """Relays connections from its own port to the server's."""

    def __init__(self, server_port: int, *, seed: int = 0) -> None:
        self._server_port = server_port
        self._random = random.Random(seed)
        self._relays: set[asyncio.Task[None]] = set()
        self.is_flaky = False
        """Whether it loses, delays and breaks."""
        self.reading = asyncio.Event()
        """While it is not set, nothing is read from the server."""
        self.reading.set()
        self.counts: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._connect, "127.0.0.1", 0, limit=SMALL)
        self.address = f"http://127.0.0.1:{self._listener.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._listener.close()
        for relay in list(self._relays):
            relay.cancel()
        await asyncio.gather(*self._relays, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream = socket.socket()
        upstream.setblocking(False)
        upstream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        address = ("127.0.0.1", self._server_port)
        try:
            await asyncio.get_running_loop().sock_connect(upstream, address)
            server = await asyncio.open_connection(sock=upstream, limit=SMALL)
        except OSError:
            upstream.close()
            writer.transport.abort()
            return
        ends = (writer, server[1])
        up = asyncio.create_task(self._relay(reader, server[1], ends))
        down = asyncio.create_task(self._relay(server[0], writer, ends, from_server=True))
        for relay in (up, down):
            self._relays.add(relay)
            relay.add_done_callback(self._relays.discard)

    async def _relay(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        ends: tuple[asyncio.StreamWriter, asyncio.StreamWriter],
        *,
        from_server: bool = False,
    ) -> None:
        try:
            async for piece, is_frame in _pieces(source):
                if from_server:
                    await self.reading.wait()
                if self.is_flaky and await self._harm(is_frame):
                    continue
                target.write(piece)
                await target.drain()
        except OSError:
            pass
        finally:
            for end in ends:
                with suppress(RuntimeError):  # the loop may be closed already
                    end.transport.abort()

    async def _harm(self, is_frame: bool) -> bool:
        """Harm a piece at random; return whether it is lost. Raises `OSError` for a break."""
        fate = self._random.random()
        if fate < CUT:
            self.counts["cut"] += 1
            raise ConnectionAbortedError
        if fate < CUT + DROPPED and is_frame:
            self.counts["lost"] += 1
            return True
        if fate < CUT + DROPPED + DELAYED:
            self.counts["delayed"] += 1
            await asyncio.sleep(self._random.uniform(0, MAX_DELAY))
        return False


async def _pieces(source: asyncio.StreamReader) -> AsyncIterator[tuple[bytes, bool]]:
    """Yield received data, and whether it is a websocket frame, which may be lost as a whole."""
    try:
        head = await source.readuntil(b"\r\n\r\n")
        yield head, False
        if b"upgrade: websocket" not in head.lower():
            while piece := await source.read(SMALL):
                yield piece, False
        while True:
            yield await _frame(source), True
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return


async def _frame(source: asyncio.StreamReader) -> bytes:
    """Read one websocket frame (RFC 6455 §5.2)."""
    frame = await source.readexactly(2)
    length = frame[1] & 0x7F
    if length >= 126:
        more = await source.readexactly(2 if length == 126 else 8)
        frame += more
        length = int.from_bytes(more, "big")
    is_masked = frame[1] & 0x80
    return frame + await source.readexactly(length + (4 if is_masked else 0))
