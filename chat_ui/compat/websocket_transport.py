"""Sending and receiving on websockets with less work for each frame.

Engine.IO makes a task and a timer for each frame that comes in, to end a connection whose browser
is gone; `pings` or Engine.IO's own service task does that for all of them at once.

A frame for many is encoded once, and written past uvicorn and wsproto to each connection that has
nothing else to send. They would encode it for every one of them, and Socket.IO would make a task
for each: that is most of what a message costs among 300 people, and the last of them waits for all
the others.

Gain: 39 % of a delivery (76 instead of 125 µs among 150 people; `python -m benchmarks.compat
websocket_transport`). To do without it: `CHAT_COMPAT=websocket_transport`.
"""

import asyncio
from contextlib import suppress
from typing import Any

from engineio.async_socket import AsyncSocket
from engineio.exceptions import SocketIsClosedError, UnknownPacketError
from engineio.packet import Packet
from wsproto.frame_protocol import FrameProtocol

from chat_ui.compat import backpressure, socket_guard
from chat_ui.compat.registry import Patch, in_place_of, original

_plain = original(AsyncSocket._websocket_handler)
_idle: set[AsyncSocket] = set()
"""Connections that have sent all there was."""


def frame(text: str) -> bytes:
    """Return a frame as a server writes it: whole, without a mask (RFC 6455 §5.2)."""
    return bytes(FrameProtocol(client=False, extensions=[]).send_data(text, fin=True))


def write(connection: AsyncSocket, data: bytes) -> bool:
    """Write a frame to a connection at once; return False if something else has to go first."""
    if connection not in _idle or not connection.queue.empty() or connection.closing:
        return False
    transport = socket_guard.transports.get(connection)
    if transport is None or transport.is_closing() or transport.get_write_buffer_size():
        return False
    transport.write(data)
    return True


async def send(connection: AsyncSocket, packet: Packet, data: bytes) -> None:
    """Send a packet, of which `data` is the frame: at once, or behind what waits."""
    if not write(connection, data):
        await backpressure.put(connection, packet)


@in_place_of(_plain)
async def _serve(connection: AsyncSocket, websocket: Any) -> None:
    """Send and receive until the connection ends."""
    connection.connected = connection.upgraded = True
    sending = asyncio.create_task(_send_all(connection, websocket))
    try:
        await _receive_all(connection, websocket)
    finally:
        connection.queue.put_nowait(None)
        await sending
        reason = connection.server.reason.TRANSPORT_CLOSE
        await connection.close(wait=False, abort=True, reason=reason)


async def _receive_all(connection: AsyncSocket, websocket: Any) -> None:
    """Receive until the connection is closed, or a frame comes that no page of ours sends."""
    with suppress(ValueError, RecursionError, UnknownPacketError, SocketIsClosedError):
        while (event := await websocket.asgi_receive())["type"] == "websocket.receive":
            data = event.get("text") if event.get("bytes") is None else event["bytes"]
            await connection.receive(Packet(encoded_packet=data))


async def _send_all(connection: AsyncSocket, websocket: Any) -> None:
    """Send what is queued, in order, until None is."""
    with suppress(Exception):  # its browser is gone: what else there is reaches nobody
        while packet := await _next(connection):
            await websocket.send(packet.encode())
            del packet  # as long as nothing else is to be sent, it would stay in memory
    await websocket.close()


async def _next(connection: AsyncSocket) -> Packet | None:
    if connection.queue.empty():
        _idle.add(connection)
    try:
        packet: Packet | None = await connection.queue.get()
    finally:
        _idle.discard(connection)
    connection.queue.task_done()
    return packet


def _install() -> None:
    AsyncSocket._websocket_handler = _serve


PATCH = Patch(
    name="websocket_transport",
    replaces=("engineio.async_socket.AsyncSocket._websocket_handler",),
    why="Engine.IO, Socket.IO, uvicorn and wsproto repeat for each connection what is the same.",
    gain="39 % of a delivery",
    measured_with="python -m benchmarks.compat websocket_transport",
    tried_with="python-engineio 4.15, python-socketio 5.18, uvicorn 0.54, wsproto 1.3",
    expects={
        "engineio.async_socket:AsyncSocket._websocket_handler": "self, ws",
        "engineio.async_drivers.asgi:WebSocket.send": "self, message",
        "engineio.async_drivers.asgi:WebSocket.close": "self",
        "wsproto.frame_protocol:FrameProtocol": "client, extensions",
        "wsproto.frame_protocol:FrameProtocol.send_data": "self, payload, fin",
        "socketio.async_manager:AsyncManager.emit": (
            "self, event, data, namespace, room, skip_sid, callback, to, **kwargs"
        ),
    },
    bodies={"engineio.async_socket:AsyncSocket._websocket_handler": "27f120df4d717a24"},
    install=_install,
)
