"""Turns of the event loop, shared out where many want to draw a page at the same time.

The loop runs everything that is ready before it looks for what has come in the meantime. Where
thirty pages are ready to be drawn, everybody waits until all thirty are, unless only one is drawn
in each turn.
"""

import asyncio
from weakref import WeakKeyDictionary

_locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
"""For each event loop: held by whoever has the next turn."""


async def own_turn() -> None:
    """Wait for a turn in which nobody else who calls this goes on, first come first served.

    It is for what takes several milliseconds, such as drawing a page.
    """
    async with _locks.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        await asyncio.sleep(0)
