"""Closing connections whose browser does not take what it is sent.

Engine.IO queues without end what a slow browser has not taken yet, and no option bounds that. Here
such a connection is closed: the page comes back when it can, and asks for what it missed. The close
is itself a frame that waits behind all the others, so the transport of a connection that is still
there some seconds after it was closed is aborted.

Safety rests on this: it cannot be switched off, and when Engine.IO changes, the chat does not start.
"""

import asyncio
from typing import Any

from engineio.async_socket import AsyncSocket
from engineio.packet import Packet

from chat_ui.compat import socket_guard
from chat_ui.compat.registry import ANY, Patch, in_place_of, original

MAX_QUEUED_FRAMES = 200
"""Frames that may wait for one connection."""
MAX_QUEUED_CHARACTERS = 4_000_000
"""Characters that may wait in them."""
LOOK_EVERY_SECONDS = 4.0
"""Seconds between two looks at connections that were closed."""

_send = original(AsyncSocket.send)
_closed: set[AsyncSocket] = set()
"""Those that were closed when we last looked."""


async def put(connection: AsyncSocket, packet: Packet) -> None:
    """Queue a frame as `AsyncSocket.send` does, for many connections in turn."""
    if connection.closed:
        return
    if not _is_too_slow(connection):
        connection.queue.put_nowait(packet)
    elif not connection.closing:
        await connection.close(wait=False)


def abort_closed() -> None:
    """Abort what was closed already at the last look."""
    for connection in _closed:
        if transport := socket_guard.transports.pop(connection, None):
            transport.abort()  # as a rule it is over already, and this does nothing
    _closed.clear()
    _closed.update(each for each in socket_guard.transports if each.closed)


async def _watch() -> None:
    while True:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        abort_closed()


@in_place_of(_send)
async def _send_bounded(connection: AsyncSocket, packet: Packet) -> None:
    """Have a frame sent after those that wait, unless they are too many."""
    if not _is_too_slow(connection):
        await _send(connection, packet)
    elif not connection.closing:
        await connection.close(wait=False)


def _is_too_slow(connection: Any) -> bool:
    waiting = connection.queue.qsize()
    if waiting < 10:
        return False
    frames = connection.queue._queue
    return (
        waiting > MAX_QUEUED_FRAMES
        or sum(len(each.data or "") for each in frames if each) > MAX_QUEUED_CHARACTERS
    )


def _install() -> None:
    AsyncSocket.send = _send_bounded


PATCH = Patch(
    name="backpressure",
    replaces=("engineio.async_socket.AsyncSocket.send",),
    why="What waits for a browser that reads too slowly must not fill the server's memory.",
    gain="safety, not speed",
    measured_with="pytest tests/test_chaos.py",
    tried_with="python-engineio 4.15",
    expects={
        "engineio.async_socket:AsyncSocket.send": "self, pkt",
        "engineio.async_socket:AsyncSocket.close": "self, wait, abort, reason",
        "asyncio:Queue._init": ANY,
    },
    install=_install,
    background=_watch,
)
