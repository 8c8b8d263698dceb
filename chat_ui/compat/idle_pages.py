"""Letting open pages sleep while nothing happens.

NiceGUI wakes the outbox of every page once a second to see whether it should stop. Stopping sets
the very event that the outbox waits for, so it may as well wait longer.

Gain: 42 % of what idle pages cost (150 pages take 5.0 instead of 8.6 ‰ of a core; `python -m
benchmarks.compat idle_pages`). To do without it: `CHAT_COMPAT=idle_pages`.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from nicegui import outbox

from chat_ui.compat.registry import Patch

Result = TypeVar("Result")
TIMEOUT_SECONDS = 300.0
"""Seconds that an idle outbox waits."""


class _PatientAsyncio:
    """`asyncio` as `nicegui.outbox` sees it: it waits longer, and is the same otherwise."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    @staticmethod
    async def wait_for(waited: Awaitable[Result], timeout: float) -> Result:  # noqa: ASYNC109
        return await asyncio.wait_for(waited, max(timeout, TIMEOUT_SECONDS))


def _install() -> None:
    outbox.asyncio = _PatientAsyncio()  # type: ignore[assignment,attr-defined]


PATCH = Patch(
    name="idle_pages",
    replaces=("nicegui.outbox.asyncio",),
    why="NiceGUI wakes every page once a second, whether or not there is something to send.",
    gain="42 % of what idle pages cost",
    measured_with="python -m benchmarks.compat idle_pages",
    tried_with="nicegui 3.18",
    expects={"nicegui.outbox:Outbox.loop": "self", "nicegui.outbox:Outbox.stop": "self"},
    bodies={
        "nicegui.outbox:Outbox.loop": "efb7d8934c322314",
        "nicegui.outbox:Outbox.stop": "bb334e38c73e4105",
    },
    install=_install,
)
