"""Large reads: one of each person at a time, so that it is paid for before the next one begins."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from services.core import app_context
from services.core.limits.rate_limits import Budget

_turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
"""By person, while somebody reads or waits for it."""


@asynccontextmanager
async def turn(user_id: int) -> AsyncIterator[Budget]:
    """Wait for the person's turn, and let them read in the block, which spends what it yields.

    Raises `RateLimited` for who has read too much, also just before.
    """
    async with _turns.setdefault(user_id, asyncio.Lock()):
        loading = app_context.current().rate_limits.loading
        loading.require(user_id)
        yield loading
