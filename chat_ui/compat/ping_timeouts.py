"""Looking for browsers that answer no pings any more, at all connections in one go.

Engine.IO's service task does the same, but wakes for every connection by itself, several times a
minute. It offers to do without (`monitor_clients`), and leaves the rest to us.

Gain: 32 % of what idle pages cost (150 pages take 5.0 instead of 7.3 ‰ of a core; `python -m
benchmarks.compat ping_timeouts`). To do without it: `CHAT_COMPAT=ping_timeouts`.
"""

import asyncio
import logging
from typing import Any

from nicegui import core

from chat_ui.compat.registry import Patch

log = logging.getLogger(__name__)


async def _watch() -> None:
    """Close the connections of browsers that are gone, until cancelled."""
    eio = core.sio.eio
    while True:
        await asyncio.sleep(eio.ping_timeout / 2)
        for sid, connection in list(eio.sockets.items()):
            if connection.closed:
                eio.sockets.pop(sid, None)
            elif not connection.closing:
                await _check(connection)


async def _check(connection: Any) -> None:
    try:
        await connection.check_ping_timeout()
    except Exception:
        log.exception("failed to check a connection for its ping timeout")


def _install() -> None:
    core.sio.eio.start_service_task = False


PATCH = Patch(
    name="ping_timeouts",
    replaces=("engineio.AsyncServer.start_service_task",),
    why="Engine.IO wakes for each connection to see whether it has answered its last ping.",
    gain="32 % of what idle pages cost",
    measured_with="python -m benchmarks.compat ping_timeouts",
    tried_with="python-engineio 4.15",
    expects={
        "engineio.async_server:AsyncServer._service_task": "self",
        "engineio.async_socket:AsyncSocket.check_ping_timeout": "self",
    },
    bodies={"engineio.async_server:AsyncServer._service_task": "b6358bda51d0b34b"},
    install=_install,
    background=_watch,
)
