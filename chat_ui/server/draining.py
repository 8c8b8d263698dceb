"""Stops one of several processes without a break for those who are on it.

At the first Ctrl-C or SIGTERM `/readyz` says so, and the proxy sends nobody here any more. Then no
connection is taken, and the open pages are told, some at a time, to load from another process; what
is being sent or downloaded is finished. After that the server stops as one alone does. A second
Ctrl-C has it do so at once.
"""

import asyncio
import logging
import math
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from nicegui.server import Server

from chat_ui.realtime import connections, protocol, push
from chat_ui.server.monitoring import readiness
from chat_ui.server.protocols.http_connection import HttpConnection

log = logging.getLogger(__name__)
NOTICE_SECONDS = 3.0
"""Seconds until the proxy knows: it asks once a second, and believes the second answer."""
FINISH_SECONDS = 60.0
"""Seconds that pages have to leave, and requests to end, from when no connection is taken."""
SPREAD_SECONDS = 20.0
"""Seconds in which all pages are told: each is drawn anew by another process."""
MIN_BATCH = 5
"""Pages that are told at once, if they are few."""
PAUSE_SECONDS = 0.25
"""Seconds between two batches."""

_task: asyncio.Task[None] | None = None


def begin_at_signals() -> None:
    """Drain at the signals at which uvicorn would stop; to be called on the loop, once it runs."""
    if threading.current_thread() is not threading.main_thread():
        return  # then uvicorn takes no signals either
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        stop: Any = signal.getsignal(number)
        signal.signal(number, _handler(loop, stop))


def _handler(
    loop: asyncio.AbstractEventLoop, stop: Callable[[int, FrameType | None], None]
) -> Callable[[int, FrameType | None], None]:
    """Return what to do at a signal, after which `stop` stops the server."""

    def handle(number: int, frame: FrameType | None) -> None:
        if not readiness.is_stopping():
            readiness.set_stopping()
            loop.call_soon_threadsafe(_begin, lambda: stop(number, None))
        elif number == signal.SIGINT:
            stop(number, frame)

    return handle


def _begin(stop: Callable[[], None]) -> None:
    global _task
    _task = asyncio.create_task(_drain_and(stop), name="draining")


async def _drain_and(stop: Callable[[], None]) -> None:
    try:
        await drain()
    except Exception:
        log.exception("Failed to hand over to other processes; stopping")
    if not Server.instance.should_exit:  # a second time, it would leave out what happens at the end
        stop()


async def drain() -> None:
    """Let the proxy know, hand over the pages, and wait until all is finished, within bounds."""
    await asyncio.sleep(NOTICE_SECONDS)
    _take_no_more()
    until = time.monotonic() + FINISH_SECONDS
    told: set[str] = set()
    at_once = max(
        MIN_BATCH, math.ceil(len(connections.everyone()) * PAUSE_SECONDS / SPREAD_SECONDS)
    )
    while time.monotonic() < until and not Server.instance.should_exit:
        left = [each.sid for each in connections.everyone() if each.sid not in told]
        if not left and not _is_in_use():
            return
        batch = left[:at_once]
        await push.to_pages(batch, protocol.ServerStopping())
        told.update(batch)
        await asyncio.sleep(PAUSE_SECONDS)


def _take_no_more() -> None:
    """Close the port, and the connections on which the proxy would send further requests."""
    for listener in Server.instance.servers:
        listener.close()
    for connection in tuple(Server.instance.server_state.connections):
        if isinstance(connection, HttpConnection):
            connection.shutdown()  # if a request is being answered, after that


def _is_in_use() -> bool:
    """Return whether there is a websocket, or a request that is not answered."""
    return any(
        not isinstance(each, HttpConnection) or not each.is_idle()
        for each in tuple(Server.instance.server_state.connections)
    )
