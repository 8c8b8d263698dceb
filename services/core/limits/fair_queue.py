"""A queue in which nobody waits for the many jobs of somebody else."""

import asyncio
from contextlib import suppress
from typing import Generic, TypeVar

from services.core.errors import RateLimited
from services.core.limits.rate_limits import Budget
from services.core.limits.round_robin import RoundRobin

Job = TypeVar("Job")


class FairQueue(Generic[Job]):
    """Jobs by user, served in turn, one job of each user at a time.

    So even with one worker, a user waits for at most one job of each other user. Whoever has
    spent their budget waits until some of it is refilled. For use from one event loop.
    """

    def __init__(self, budget: Budget) -> None:
        """`budget` has the seconds of work that each user may have done."""
        self._budget = budget
        self._waiting: RoundRobin[int, Job] = RoundRobin()
        self._busy: set[int] = set()
        self._changed = asyncio.Event()

    def add(self, user_id: int, job: Job) -> None:
        """Queue a job behind the others of this user."""
        self._waiting.add(user_id, job)
        self._changed.set()

    async def take(self) -> tuple[int, Job]:
        """Return the next job and its user, who has no other turn until `done`."""
        while True:
            self._changed.clear()
            wait = None
            for user_id in [each for each in self._waiting.order() if each not in self._busy]:
                try:
                    self._budget.require(user_id)
                except RateLimited as spent:
                    wait = min(wait or spent.retry_after, spent.retry_after)
                else:
                    self._busy.add(user_id)
                    return user_id, self._waiting.take(user_id)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._changed.wait()

    def done(self, user_id: int) -> None:
        """Report that a user's job is done, and what it took is spent."""
        self._busy.remove(user_id)
        self._changed.set()
