"""Background tasks, such as clean-up."""

import asyncio
from collections.abc import Callable, Coroutine


class BackgroundTask:
    """A job of which at most one instance runs at a time."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the job is running."""
        return self._task is not None and not self._task.done()

    def start(self, job: Callable[[], Coroutine[None, None, None]]) -> None:
        """Start `job`, unless one is running."""
        if not self.is_running:
            self._task = asyncio.get_running_loop().create_task(job())

    async def stop(self) -> None:
        """Cancel the job at its next await, and wait until it has ended."""
        if self._task is not None:
            self._task.cancel()
        await self.wait()

    async def wait(self) -> None:
        """Wait until the job is done."""
        if self._task is not None and not self._task.done():
            await asyncio.wait([self._task])
