"""Keeping open pages from costing anything while nothing happens.

NiceGUI wakes the outbox of every page once a second to see whether it is to stop, which
for 300 idle pages was more than a third of the server's work in a busy room. Stopping
sets the very event that the outbox waits for, so it may as well wait longer. Engine.IO wakes
for every page several times a minute to see whether it has answered its last ping: here one
look goes over all of them, which was a fifth of what 300 idle pages cost.
"""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any, TypeVar

from nicegui import core, outbox

from chat_ui.compat import backpressure

log = logging.getLogger(__name__)
Result = TypeVar("Result")
TIMEOUT_SECONDS = 300.0
"""Seconds between two looks of an idle outbox."""


class _PatientAsyncio:
    """`asyncio` as `nicegui.outbox` sees it: it waits longer, and is the same otherwise."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    @staticmethod
    async def wait_for(waited: Awaitable[Result], timeout: float) -> Result:  # noqa: ASYNC109
        return await asyncio.wait_for(waited, max(timeout, TIMEOUT_SECONDS))


def install() -> None:
    """Have every outbox wait longer, and nothing look after each page by itself."""
    outbox.asyncio = _PatientAsyncio()  # type: ignore[assignment,attr-defined]
    core.sio.eio.start_service_task = False  # `watch` does what it did


async def watch() -> None:
    """Close the lines of browsers that answer no pings any more, until cancelled."""
    eio = core.sio.eio
    while True:
        await asyncio.sleep(eio.ping_timeout / 2)
        backpressure.hang_up()
        for sid, line in list(eio.sockets.items()):
            if line.closed:
                eio.sockets.pop(sid, None)
            elif not line.closing:
                await _check(line)


async def _check(line: Any) -> None:
    try:
        await line.check_ping_timeout()
    except Exception:
        log.exception("a line could not be looked at")
