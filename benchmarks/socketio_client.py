"""A websocket that speaks Socket.IO as a browser does.

Hundreds of them share the process that measures, and two cores with the server: so the websocket
itself is picows, in C, and the framing above it is done by hand. The protocol is Engine.IO 4
(0 open, 2 ping, 3 pong, 4 message) and in its messages Socket.IO 5 (0 connect, 1 disconnect,
2 event, 4 connect error).
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import msgspec
from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

EventHandler = Callable[[str, Any], None]
"""Receives the name and the data of each event; all clients get the same data, so it must not
change them."""
OPEN_WITHIN = 30.0
"""Seconds in which a busy server must answer; many pages may be opened at once."""
CLOSE_WITHIN = 1.0
"""Seconds: Flask's server answers a close frame, but never closes."""
MAX_FRAME_BYTES = 1 << 28


class ConnectionLost(ConnectionError):
    """The connection is down, or was never up."""


@lru_cache(maxsize=64)
def _event(frame: str) -> tuple[str, Any]:
    """Return the name and the data of an event.

    A message has the same frame at hundreds of clients, so each frame is decoded once.
    """
    name, *rest = msgspec.json.decode(frame[2:])
    return name, rest[0] if rest else None


class SocketIOClient(WSListener):
    """One open websocket. Events go to `on_event`, in order, until it closes."""

    def __init__(self, on_event: EventHandler) -> None:
        self._on_event = on_event
        self._transport: WSTransport
        self._accepted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
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
        client = cls(on_event)
        try:
            async with asyncio.timeout(OPEN_WITHIN):
                await ws_connect(
                    lambda: client,
                    url,
                    extra_headers={"Origin": f"http://{host}", **(headers or {})},
                    websocket_handshake_timeout=OPEN_WITHIN,
                    max_frame_size=MAX_FRAME_BYTES,
                )
                await client._accepted
        except (WSError, OSError, TimeoutError) as error:
            raise ConnectionLost(f"no websocket at {host}: {error}") from error
        return client

    async def emit(self, event: str, data: Any) -> None:
        """Send one event. Raises `ConnectionLost` when the connection is down."""
        if self.closed.is_set() or self._transport.is_disconnected:
            raise ConnectionLost("the connection was lost")
        self._transport.send(WSMsgType.TEXT, b"42" + msgspec.json.encode([event, data]))

    async def close(self) -> None:
        """Close it, as a browser that closes its page does."""
        self._transport.send_close()
        try:
            async with asyncio.timeout(CLOSE_WITHIN):
                await self.closed.wait()
        except TimeoutError:
            self._transport.disconnect()
            await self.closed.wait()

    def drop(self) -> None:
        """Drop the connection without a close frame."""
        self._transport.disconnect(graceful=False)

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Keep the transport."""
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Receive a frame; servers send each message in one."""
        if frame.msg_type is WSMsgType.TEXT:
            self._receive(frame.get_payload_as_utf8_text())
        elif frame.msg_type is WSMsgType.CLOSE:
            transport.send_close()
            transport.disconnect()

    def on_ws_disconnected(self, _transport: WSTransport) -> None:
        """Note that it is closed."""
        self.closed.set()
        if not self._accepted.done():
            self._accepted.set_exception(ConnectionLost("closed at once"))

    def _receive(self, frame: str) -> None:
        self.characters_received += len(frame)
        match frame[:2]:
            case "42":
                self._on_event(*_event(frame))
            case "2":
                self._send(f"3{self.heartbeat()}")
            case "40" if not self._accepted.done():
                self._accepted.set_result(None)
            case "44" if not self._accepted.done():
                self._accepted.set_exception(ConnectionLost(f"the server answered {frame}"))
                self._transport.disconnect()
            case "41":
                self._transport.send_close()
            case "0{":
                self._send("40")

    def _send(self, text: str) -> None:
        self._transport.send(WSMsgType.TEXT, text.encode())
