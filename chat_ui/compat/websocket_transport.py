"""Serving websockets, the lines to open pages: what a page says is heard, what it is told is sent.

Engine.IO's own way makes a task and a timer for each frame that comes, and leaves behind
what only the garbage collector finds. All that is to end a line whose browser is gone;
`quiet.watch` looks after all lines at once, so here nothing is made.

A frame for many is made once, and written past uvicorn and wsproto to each line that has nothing
else to send. They would make it anew for everybody, which was two thirds of what a message cost
among 300 people, and the last of them waits for all the others.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from engineio.async_socket import AsyncSocket
from engineio.exceptions import SocketIsClosedError, UnknownPacketError
from engineio.packet import Packet
from starlette.types import Scope, Send
from wsproto.frame_protocol import FrameProtocol

transports: dict[AsyncSocket, Any] = {}
"""What carries each line, for as long as it is open, or was until `slow_lines` last looked."""

_upgrade = AsyncSocket._upgrade_websocket
_resting: set[AsyncSocket] = set()
"""Those that have sent all there was."""
_parted: set[str] = set()
"""By Engine.IO's name: those whose browser has said good-bye and that end now."""
CLEAN_CLOSE_CODES = {1000, 1001}
"""How a browser closes what it needs no more, as when its page is closed (RFC 6455 §7.4.1)."""


def install() -> None:
    """Serve every line from now on; doing it twice changes nothing."""
    AsyncSocket._upgrade_websocket, AsyncSocket._websocket_handler = _open, _serve


def note(scope: Scope, send: Send) -> None:
    """Note the transport of a websocket, of which ASGI knows nothing, where uvicorn's own `send`
    is still at hand.
    """
    server = getattr(send, "__self__", None)
    scope["state"]["transport"] = getattr(server, "transport", None)


def frame(text: str) -> bytes:
    """Return a frame as a server writes it: whole, without a mask (RFC 6455 §5.2)."""
    return bytes(FrameProtocol(client=False, extensions=[]).send_data(text, fin=True))


def write(line: AsyncSocket, made: bytes) -> bool:
    """Write a frame to a line at once; return False if something else must be sent before it."""
    if line not in _resting or not line.queue.empty() or line.closing:
        return False
    transport = transports.get(line)
    if transport is None or transport.is_closing() or transport.get_write_buffer_size():
        return False
    transport.write(made)
    return True


def closed_cleanly(line: str) -> bool:
    """Tell, while a line ends, whether its browser meant it to: then it will not come back."""
    return line in _parted


def _open(line: AsyncSocket, environ: dict[str, Any]) -> Coroutine[Any, Any, Any]:
    """Serve a websocket until its end, and know its transport meanwhile."""
    transports[line] = environ["asgi.scope"]["state"]["transport"]
    served: Coroutine[Any, Any, Any] = _upgrade(line, environ)
    return served


async def _serve(line: AsyncSocket, websocket: Any) -> None:
    line.connected = line.upgraded = True
    sending = asyncio.create_task(_send_all(line, websocket))
    try:
        await _hear_all(line, websocket)
    finally:
        line.queue.put_nowait(None)
        await sending
        reason = line.server.reason.TRANSPORT_CLOSE
        await line.close(wait=False, abort=True, reason=reason)
        _parted.discard(line.sid)


async def _hear_all(line: AsyncSocket, websocket: Any) -> None:
    """Take what a page says until its line is closed, or it says what no page of ours does."""
    with suppress(ValueError, RecursionError, UnknownPacketError, SocketIsClosedError):
        while (event := await websocket.asgi_receive())["type"] == "websocket.receive":
            said = event.get("text") if event.get("bytes") is None else event["bytes"]
            await line.receive(Packet(encoded_packet=said))
        if event.get("code") in CLEAN_CLOSE_CODES:
            _parted.add(line.sid)


async def _send_all(line: AsyncSocket, websocket: Any) -> None:
    """Send what waits for a page, in turn, until None does."""
    with suppress(Exception):  # its browser is gone: what else there is reaches nobody
        while packet := await _next(line):
            await websocket.send(packet.encode())
    await websocket.close()


async def _next(line: AsyncSocket) -> Packet | None:
    if line.queue.empty():
        _resting.add(line)
    try:
        packet: Packet | None = await line.queue.get()
    finally:
        _resting.discard(line)
    line.queue.task_done()
    return packet
