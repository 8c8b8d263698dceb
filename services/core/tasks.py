"""Work that goes on by itself beside what people ask for, such as tidying up."""

import asyncio
from collections.abc import Callable, Coroutine


class Background:
    """One piece of work that goes on at most once at a time."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    @property
    def goes_on(self) -> bool:
        """Whether the work is under way."""
        return self._task is not None and not self._task.done()

    def begin(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Begin `work`, unless it is under way."""
        if not self.goes_on:
            self._task = asyncio.get_running_loop().create_task(work())

    async def stop(self) -> None:
        """Stop the work where it waits for something, and see it end."""
        if self._task is not None:
            self._task.cancel()
        await self.settle()

    async def settle(self) -> None:
        """Wait until the work is at its end."""
        if self._task is not None and not self._task.done():
            await asyncio.wait([self._task])
