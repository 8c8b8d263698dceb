"""Background jobs: work that runs beside what people ask for, such as tidying up."""

import asyncio
from collections.abc import Callable, Coroutine


class BackgroundTask:
    """One piece of work that runs at most once at a time."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the work is under way."""
        return self._task is not None and not self._task.done()

    def start(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Start `work`, unless it is running."""
        if not self.is_running:
            self._task = asyncio.get_running_loop().create_task(work())

    async def stop(self) -> None:
        """Cancel the work where it waits for something, and wait until it has ended."""
        if self._task is not None:
            self._task.cancel()
        await self.wait()

    async def wait(self) -> None:
        """Wait until the work is done."""
        if self._task is not None and not self._task.done():
            await asyncio.wait([self._task])
