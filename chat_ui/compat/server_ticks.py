"""Letting the server sleep between two seconds.

uvicorn wakes ten times a second to see whether it should stop, and makes the date of its answers in
one of them. Here a signal wakes it, and it looks once a second.

Gain: 36 % of what idle pages cost (150 pages take 3.3 instead of 5.1 ‰ of a core; `python -m
benchmarks.compat server_ticks`). To do without it: `CHAT_COMPAT=server_ticks`.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from uvicorn.server import Server

from chat_ui.compat.registry import Patch, in_place_of, original

TICK_SECONDS = 1.0
"""Seconds between two looks: the date of answers changes as often."""

_main_loop = original(Server.main_loop)
_handle_exit = original(Server.handle_exit)
_wakers: list[Callable[[], object]] = []
"""Wakes each server that sleeps."""


@in_place_of(_main_loop)
async def _sleep_between_ticks(server: Server) -> None:
    """Look once a second, and at a signal, whether the server should stop; return when it should."""
    loop, asked = asyncio.get_running_loop(), asyncio.Event()

    def wake() -> None:
        loop.call_soon_threadsafe(asked.set)

    _wakers.append(wake)
    try:
        while not await server.on_tick(0):  # as the first of ten: with the date
            with suppress(TimeoutError):
                await asyncio.wait_for(asked.wait(), TICK_SECONDS)
    finally:
        _wakers.remove(wake)


@in_place_of(_handle_exit)
def _wake_to_exit(server: Server, sig: int, frame: FrameType | None) -> None:
    """Note a signal as uvicorn does, and wake it."""
    _handle_exit(server, sig, frame)
    for wake in _wakers:
        wake()


def _install() -> None:
    Server.main_loop = _sleep_between_ticks  # type: ignore[method-assign,assignment]
    Server.handle_exit = _wake_to_exit  # type: ignore[method-assign,assignment]


PATCH = Patch(
    name="server_ticks",
    replaces=("uvicorn.Server.main_loop", "uvicorn.Server.handle_exit"),
    why="uvicorn wakes ten times a second to see whether it should stop.",
    gain="36 % of what idle pages cost",
    measured_with="python -m benchmarks.compat server_ticks",
    tried_with="uvicorn 0.54",
    expects={
        "uvicorn.server:Server.main_loop": "self",
        "uvicorn.server:Server.on_tick": "self, counter",
        "uvicorn.server:Server.handle_exit": "self, sig, frame",
    },
    bodies={
        "uvicorn.server:Server.main_loop": "afccb353a119333f",
        "uvicorn.server:Server.on_tick": "60ea49b06ccf68c1",
    },
    install=_install,
)
