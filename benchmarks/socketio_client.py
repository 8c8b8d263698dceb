"""A websocket that speaks Socket.IO as a browser does.

The framing is done by hand, because a fuller client costs more CPU, and hundreds of them share
the process that measures. The protocol is Engine.IO 4 (0 open, 2 ping,
3 pong, 4 message) and in its messages Socket.IO 5 (0 connect, 1 disconnect, 2 event,
4 connect error).
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

EventHandler = Callable[[str, Any], None]
"""Receives the name and the data of each event."""


class ConnectionLost(ConnectionError):
    """The connection is down, or was never up."""


class SocketIOClient:
    """One open websocket. Events go to `on_event`, in order, until it closes."""

    def __init__(self, socket: ClientConnection, on_event: EventHandler) -> None:
        self._socket = socket
        self._on_event = on_event
        self._listening = asyncio.create_task(self._listen())
        self.closed = asyncio.Event()
        """Set once it is closed."""
        self.characters_received = 0
        """How many characters arrived in frames."""
        self.heartbeat: Callable[[], str] = str
        """Returns what is sent with the answer to a ping."""

    @classmethod
    async def open(
        cls, url: str, on_event: EventHandler, headers: Mapping[str, str] | None = None
    ) -> "SocketIOClient":
        """Connect to `url` (ws://…) with the headers that a page of that site sends.

        Raises `ConnectionLost` when the server refuses.
        """
        host = url.partition("://")[2].partition("/")[0]
        try:
            socket = await connect(
                url,
                origin=Origin(f"http://{host}"),
                additional_headers=dict(headers or {}),
                compression=None,  # this is loopback, and Flask's stack is cheaper without
                ping_interval=None,  # the server pings, one layer up
                close_timeout=1,  # Flask's server answers a close frame, but never closes
                max_size=None,
                proxy=None,
            )
        except Exception as error:  # the library raises many kinds
            raise ConnectionLost(f"no websocket at {host}: {error}") from error
        try:
            await socket.recv(decode=True)  # 0{…}
            await socket.send("40")
            answer = await socket.recv(decode=True)
            while answer == "2":
                await socket.send("3")
                answer = await socket.recv(decode=True)
        except ConnectionClosed as error:
            raise ConnectionLost(f"{host} closed the connection at once") from error
        if not answer.startswith("40"):
            await socket.close()
            raise ConnectionLost(f"{host} answered {answer}")
        return cls(socket, on_event)

    async def emit(self, event: str, data: Any) -> None:
        """Send one event. Raises `ConnectionLost` when the connection is down."""
        try:
            await self._socket.send(f"42{json.dumps([event, data], ensure_ascii=False)}")
        except ConnectionClosed as error:
            raise ConnectionLost("the connection was lost") from error

    async def close(self) -> None:
        """Close it, as a browser that closes its page does."""
        await self._socket.close()
        await self._listening

    def drop(self) -> None:
        """Drop the connection without a close frame."""
        self._socket.transport.abort()

    async def _listen(self) -> None:
        try:
            async for frame in self._socket:
                assert isinstance(frame, str)
                self.characters_received += len(frame)
                if frame == "2":
                    await self._socket.send(f"3{self.heartbeat()}")
                elif frame.startswith("42"):
                    name, *rest = json.loads(frame[2:])
                    self._on_event(name, rest[0] if rest else None)
                elif frame.startswith("41"):
                    await self._socket.close()
        except ConnectionClosed:
            pass
        finally:
            self.closed.set()
