"""Reads whose processor time their reader pays for: of those in which much may be rendered."""

from collections.abc import Callable
from time import thread_time
from typing import TypeVar

from sqlmodel import Session

from services.core import app_context
from services.db import database

Result = TypeVar("Result")


async def read(user_id: int, query: Callable[[Session], Result]) -> Result:
    """Return what `query` reads, paid for from a user's budget of drawing.

    Raises `RateLimited` when that is used up.
    """
    drawing = app_context.current().rate_limits.drawing
    drawing.require(user_id)

    def timed(session: Session) -> tuple[Result, float]:
        began = thread_time()
        return query(session), thread_time() - began

    result, seconds = await database.read(timed)
    drawing.spend(user_id, seconds)
    return result
