"""The reader threads: each runs one read at a time.

An executor of the standard library and the future that asyncio makes of its own take longer than
most queries: here, a read costs a queue, and one call back to the event loop.
"""

import threading
from collections.abc import Callable
from typing import TypeVar

from services.db.job_queue import JobQueue

Result = TypeVar("Result")

READERS = 4
"""Threads that read, each with a connection."""


class Readers:
    """Threads that run reads in the order in which they are asked for."""

    def __init__(self, number: int) -> None:
        self._queue = JobQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"reader {each}") for each in range(number)
        ]
        for thread in self._threads:
            thread.start()

    async def run(self, fn: Callable[[], Result]) -> Result:
        """Run `fn` on one of the threads, in the context of the caller.

        Raises what `fn` raised, or `Unavailable` after `close`.
        """
        result: Result = await self._queue.put(fn)
        return result

    def waiting(self) -> int:
        """Return how many reads wait for their turn."""
        return self._queue.waiting()

    def close(self) -> None:
        """Finish all reads that are waiting, then end the threads."""
        self._queue.close(len(self._threads))
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            if not job.future.cancelled():
                job.run()
                job.resolve_soon()
            del job  # or the last result would stay in memory until the next read
