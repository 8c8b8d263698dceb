"""How many events of one session are handled at a time.

Handlers read, write and render on other threads, and all threads share Python's lock. With many of
one session at work, everybody else would wait for that lock again and again: at every query, and
each time that the event loop looks for what has come. So a session's own events wait for each
other.

They do not wait for those of the user's other sessions: whoever stole one could otherwise block
the owner who is about to end it. Somebody who logs in many times has as many queues; what that can
cost is bounded by the limits on logins, and by those of a user on messages, searches, and the
processor time of rendering.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

AT_ONCE = 2
"""Events of a session that are handled at a time: one that takes long does not delay the others."""
MAX_WAITING = 100
"""Events of a session that wait; until there are fewer, no more are read from their websockets."""


class _Queue:
    """The queue of one session."""

    def __init__(self) -> None:
        self.free = asyncio.Semaphore(AT_ONCE)
        self.has_space = asyncio.Event()
        self.has_space.set()
        self._events = 0

    def count(self, more: int) -> int:
        """Count events that come or go; return how many are handled or wait."""
        self._events += more
        if self._events < AT_ONCE + MAX_WAITING:
            self.has_space.set()
        else:
            self.has_space.clear()
        return self._events


_queues: dict[int, _Queue] = {}
"""By session, while any of their events is handled."""
_has_turn: ContextVar[bool] = ContextVar("has_turn", default=False)


@asynccontextmanager
async def turn(session_id: int) -> AsyncIterator[None]:
    """Wait until one more event of a session may be handled, which takes as long as the block.

    Within another turn there is nothing to wait for: one handler may call another.
    """
    if _has_turn.get():
        yield
        return
    queue = _queues.setdefault(session_id, _Queue())
    queue.count(1)
    try:
        async with queue.free:
            token = _has_turn.set(True)
            try:
                yield
            finally:
                _has_turn.reset(token)
    finally:
        if queue.count(-1) == 0:
            del _queues[session_id]


async def wait_for_space(session_id: int) -> None:
    """Wait until fewer than `MAX_WAITING` events of a session wait for their turn."""
    if queue := _queues.get(session_id):
        await queue.has_space.wait()
