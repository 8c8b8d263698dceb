"""The jobs that only one process may do: by the one that leads, until it ends or freezes.

One that was frozen, and goes on, finds that another leads within a moment. Until then two do the
jobs, so what they do bears to be done twice at a time: each decides in the write that stores it
whether it is still to be done.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from services.core.network.database_address import DatabaseAddress
from services.core.tasks import run_to_end
from services.db.postgres.leadership import Leadership

log = logging.getLogger(__name__)
CHECK_SECONDS = 2.0
"""How often to see who leads: when a process is gone, another takes its jobs over within that. One
that is frozen loses them a little later, see `services/db/postgres/leadership.py`."""


class Jobs:
    """Begins the jobs when this process comes to lead, and ends them when it does no longer."""

    def __init__(
        self,
        address: DatabaseAddress,
        begin: Callable[[], None],
        end: Callable[[], Awaitable[None]],
    ) -> None:
        self._leadership = Leadership(address)
        self._begin = begin
        self._end = end
        self.are_here = False
        """Whether they run in this process."""

    async def run(self) -> None:
        """Do so until cancelled; the jobs are then ended by whoever cancels."""
        try:
            while True:
                try:
                    await self._look()
                except Exception:
                    log.exception("Failed to begin or end the jobs of the background, trying again")
                await asyncio.sleep(CHECK_SECONDS)
        finally:
            await run_to_end(self._leadership.close)

    async def _look(self) -> None:
        leads = await run_to_end(self._leadership.is_mine)
        if leads and not self.are_here:
            log.info("this process does the jobs of the background now")
            self._begin()
        elif self.are_here and not leads:
            log.warning("another process does the jobs of the background now")
            self.are_here = False
            await self._end()
        self.are_here = leads
