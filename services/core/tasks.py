"""Background tasks, such as clean-up."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TypeVar

from services.core import events

Result = TypeVar("Result")
Work = Callable[[], Coroutine[None, None, None]]

AFTER_START = 0.1
"""Seconds for which a job lets the server open its port first: no one waits for what it does."""


class BackgroundTask:
    """A job of which at most one instance runs at a time."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the job is running."""
        return self._task is not None and not self._task.done()

    def start(self, job: Work, *, later: bool = False) -> None:
        """Start `job`, `AFTER_START` if it may be later, unless one is running."""
        if not self.is_running:
            self._task = asyncio.get_running_loop().create_task(_run(job, later=later))

    async def stop(self) -> None:
        """Cancel the job at its next await, and wait until it has ended."""
        if self._task is not None:
            self._task.cancel()
        await self.wait()

    async def wait(self) -> None:
        """Wait until the job is done."""
        if self._task is not None and not self._task.done():
            await asyncio.wait([self._task])


class RequestedTask(BackgroundTask):
    """A job that does something whenever events of some kinds ask for it, until it is stopped.

    It is also asked when such events of other processes may have been missed.
    """

    def __init__(self, *kinds: type) -> None:
        super().__init__()
        self._kinds = *kinds, events.HintsLost, events.OthersUnheard
        self._listeners = events.Listeners(everywhere=True)
        self.requested = asyncio.Event()
        """What the job waits for, and clears."""

    def request(self, _event: object = None) -> None:
        """Ask the job to do it."""
        self.requested.set()

    def start(self, job: Work, *, later: bool = False) -> None:
        """Subscribe, and start `job`, `AFTER_START` if it may be later, unless one is running."""
        if self.is_running:
            return
        self.requested = asyncio.Event()  # it is bound to the first loop that awaits it
        self._listeners.remove_all()
        for kind in self._kinds:
            self._listeners.add(kind, self.request)
        super().start(job, later=later)

    async def stop(self) -> None:
        """Unsubscribe, cancel the job at its next await, and wait until it has ended."""
        self._listeners.remove_all()
        await super().stop()


async def _run(job: Work, *, later: bool) -> None:
    if later:
        await asyncio.sleep(AFTER_START)
    await job()


async def run_to_end(work: Callable[..., Result], *args: object) -> Result:
    """Run `work` in a thread, and wait for it even when cancelled.

    A thread cannot be cancelled. So what the caller does when it is must come afterwards, such
    as closing a file that the thread writes to.
    """
    return await to_end(asyncio.to_thread(work, *args))


async def to_end(work: Coroutine[None, None, Result]) -> Result:
    """Wait for a coroutine even when cancelled, for the same reason."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
