"""A websocket that speaks Socket.IO as a browser does.

The framing is done by hand, because a client that does more costs more, and hundreds of
them share one process with the clock. What is spoken is Engine.IO 4 (0 open, 2 ping,
3 pong, 4 message) and in its messages Socket.IO 5 (0 connect, 1 disconnect, 2 event,
4 refused).
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

EventHandler = Callable[[str, Any], None]
"""Is told the name of each event and what came with it."""


class ConnectionLost(ConnectionError):
    """The line is down, or was never up."""


class SocketIOClient:
    """One open websocket. What comes in is handed to `hear`, in order, until it closes."""

    def __init__(self, socket: ClientConnection, on_event: EventHandler) -> None:
        self._socket = socket
        self._on_event = on_event
        self._listening = asyncio.create_task(self._listen())
        self.closed = asyncio.Event()
        """Set once nothing more can come."""
        self.characters_received = 0
        """How many characters came in frames."""
        self.heartbeat: Callable[[], str] = str
        """Says what goes with the answer to a ping."""

    @classmethod
    async def open(
        cls, url: str, on_event: EventHandler, headers: Mapping[str, str] | None = None
    ) -> "SocketIOClient":
        """Connect to `url` (ws://…) with the headers of a page that came from there.

        Raises `Lost` when the server does not let us in.
        """
        host = url.partition("://")[2].partition("/")[0]
        try:
            socket = await connect(
                url,
                origin=Origin(f"http://{host}"),
                additional_headers=dict(headers or {}),
                compression=None,  # a chat on loopback; and Flask's stack is cheaper without
                ping_interval=None,  # the server pings, one layer up
                close_timeout=1,  # Flask's server answers a good-bye, but never hangs up
                max_size=None,
                proxy=None,
            )
        except Exception as error:  # a websocket library has many ways to say that it failed
            raise ConnectionLost(f"no websocket at {host}: {error}") from error
        try:
            await socket.recv(decode=True)  # 0{…}
            await socket.send("40")
            answer = await socket.recv(decode=True)
            while answer == "2":
                await socket.send("3")
                answer = await socket.recv(decode=True)
        except ConnectionClosed as error:
            raise ConnectionLost(f"{host} hung up at once") from error
        if not answer.startswith("40"):
            await socket.close()
            raise ConnectionLost(f"{host} said {answer}")
        return cls(socket, on_event)

    async def emit(self, event: str, data: Any) -> None:
        """Send one event. Raises `Lost` when the line is down."""
        try:
            await self._socket.send(f"42{json.dumps([event, data], ensure_ascii=False)}")
        except ConnectionClosed as error:
            raise ConnectionLost("the line went down") from error

    async def close(self) -> None:
        """Hang up, as a browser that closes its page does."""
        await self._socket.close()
        await self._listening

    def drop(self) -> None:
        """Lose the connection without a word."""
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
