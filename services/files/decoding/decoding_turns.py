"""Turns for pictures that are decoded while their form waits: avatars and stickers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from services.core import app_context
from services.core.errors import ServiceError
from services.core.i18n import _
from services.files.decoding.decoding import Spend

_turns = asyncio.Semaphore(1)
"""They are rare: one is decoded at a time."""
TURN_SECONDS = 20.0
"""The longest that an upload, which others may wait for, waits for its turn."""


@asynccontextmanager
async def turn(user_id: int) -> AsyncIterator[Spend]:
    """Wait until it is a user's turn to decode; return what takes its time from their budget.

    Raises `ServiceError` after `TURN_SECONDS`, `RateLimited` without any left then.
    """
    try:
        async with asyncio.timeout(TURN_SECONDS):
            await _turns.acquire()
    except TimeoutError:
        sentence = _("Many pictures are being changed right now. Try again in a minute.")
        raise ServiceError(sentence) from None
    budget = app_context.current().rate_limits.decoding
    try:
        budget.require(user_id)
        yield partial(budget.spend, user_id)
    finally:
        _turns.release()
