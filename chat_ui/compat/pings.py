"""Pinging browsers on one clock, and looking at all connections at once for those that are gone.

Engine.IO has a task for each connection that sleeps until the next ping, and wakes once more for
each to see whether it has answered. A single connection finds nothing of what it needs in the
processor's caches: in one go, all of them together cost little more than a few did alone.

Gain: 62 % of what idle pages cost (150 pages take 4.7 instead of 12.4 ‰ of a core; `python -m
benchmarks.compat pings`). To do without it: `CHAT_COMPAT=pings`.
"""

import asyncio
import logging
import time

from engineio.async_socket import AsyncSocket
from engineio.packet import PING, Packet
from nicegui import core

from chat_ui.compat import websocket_transport
from chat_ui.compat.registry import Patch, in_place_of, original

log = logging.getLogger(__name__)
AT_ONCE = 100
"""Connections that are looked at before others have their turn: about a millisecond."""

_schedule = original(AsyncSocket.schedule_ping)
_due: dict[AsyncSocket, float] = {}
"""When each connection that has answered is to be pinged, by the monotonic clock."""


@in_place_of(_schedule)
def _schedule_ping(connection: AsyncSocket) -> None:
    """Have a connection pinged after the interval, unless a ping is on its way."""
    if connection.last_ping:
        connection.last_ping = None
        _due[connection] = time.monotonic() + connection.server.ping_interval


async def _watch() -> None:
    """Ping who is due, and close the connections of browsers that are gone, until cancelled."""
    while True:
        # A ping comes up to half of a pause early or late: browsers allow for the whole time-out.
        pause = core.sio.eio.ping_timeout / 2
        await asyncio.sleep(pause)
        try:
            await ping_due(time.monotonic() + pause / 2)
            await close_gone()
        except Exception:
            log.exception("Failed to check the connections, trying again")


async def ping_due(moment: float) -> None:
    """Ping all who are due by a moment of the monotonic clock, and forget who has closed."""
    packet = Packet(PING)
    frame = websocket_transport.frame(packet.encode())
    for number, (connection, due) in enumerate(list(_due.items()), start=1):
        if number % AT_ONCE == 0:
            await asyncio.sleep(0)
        if connection.closing or connection.closed:
            del _due[connection]
        elif due <= moment:
            del _due[connection]
            connection.last_ping = time.time()
            await websocket_transport.send(connection, packet, frame)


async def close_gone() -> None:
    """Close connections whose browser has not answered in time, and forget who has closed."""
    sockets = core.sio.eio.sockets
    for sid, connection in list(sockets.items()):
        if connection.closed:
            sockets.pop(sid, None)
        elif connection.last_ping and not connection.closing:
            await connection.check_ping_timeout()


def _install() -> None:
    AsyncSocket.schedule_ping = _schedule_ping
    core.sio.eio.start_service_task = False


PATCH = Patch(
    name="pings",
    replaces=(
        "engineio.async_socket.AsyncSocket.schedule_ping",
        "engineio.AsyncServer.start_service_task",
    ),
    why="Engine.IO wakes for each connection to ping it, and again to see whether it answered.",
    gain="62 % of what idle pages cost",
    measured_with="python -m benchmarks.compat pings",
    tried_with="python-engineio 4.15",
    expects={
        "engineio.async_server:AsyncServer._service_task": "self",
        "engineio.async_socket:AsyncSocket.schedule_ping": "self",
        "engineio.async_socket:AsyncSocket._send_ping": "self",
        "engineio.async_socket:AsyncSocket.check_ping_timeout": "self",
    },
    bodies={
        "engineio.async_server:AsyncServer._service_task": "b6358bda51d0b34b",
        "engineio.async_socket:AsyncSocket.schedule_ping": "fe316639159cd70d",
        "engineio.async_socket:AsyncSocket._send_ping": "67db82a704ea49d0",
    },
    install=_install,
    background=_watch,
)
