"""The writer thread, which commits in groups: one flush to disk for many writes."""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from sqlmodel import Session

from services.db.backend import Backend
from services.db.job_queue import Job, JobQueue

Result = TypeVar("Result")


class Writer:
    """Runs writes one by one, and commits all that are waiting together."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._queue = JobQueue()
        self._is_last = False
        """Whether the queue has ended."""
        self._thread = threading.Thread(target=self._run, name="writer")
        self._thread.start()

    async def submit(self, fn: Callable[[Session], Result]) -> Result:
        """Run `fn`, and return its result after the commit.

        Raises what `fn` raised, an error of the backend when the commit failed, or `Unavailable`
        after `close`; in all cases nothing of this write is stored, unless the error says that
        nobody knows.
        """
        future = self._queue.put(fn)
        # A cancelled caller does not cancel its write. The callback marks the error of such a
        # write as retrieved, which asyncio would log otherwise.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        result: Result = await asyncio.shield(future)
        return result

    def waiting(self) -> int:
        """Return how many writes wait for their turn."""
        return self._queue.waiting()

    def close(self) -> None:
        """Finish all pending writes, then end the thread."""
        self._queue.close()
        self._thread.join()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            group = [job]
            self._gather(group)
            self._commit(group)
            self._resolve(group)
            if self._is_last:
                return
            del job, group  # or the last results would stay in memory until the next write

    def _next(self) -> Job | None:
        """Return the next job, None at the end; meanwhile, see that writing is possible."""
        while True:
            try:
                return self._queue.get(seconds=self._backend.idle_seconds)
            except queue.Empty:
                self._backend.look_after()

    def _commit(self, group: list[Job]) -> None:
        """Commit a group. If that fails as a whole, each of its callers gets the error."""
        try:
            self._backend.commit(group, partial(self._gather, group))
        except Exception as error:
            for job in group:
                job.error = job.error or error

    def _gather(self, group: list[Job]) -> Sequence[Job]:
        """Add the jobs that are waiting to a group, as long as it is not full; return them."""
        came: list[Job] = []
        while len(group) < self._backend.max_group and not self._is_last:
            try:
                job = self._queue.get(waits=False)
            except queue.Empty:
                break
            if job is None:
                self._is_last = True
            else:
                came.append(job)
                group.append(job)
        return came

    def _resolve(self, group: Sequence[Job]) -> None:
        for loop in {job.loop for job in group}:
            jobs = [job for job in group if job.loop is loop]
            try:
                loop.call_soon_threadsafe(_resolve_all, jobs)
            except RuntimeError:  # the loop is closed
                continue


def _resolve_all(jobs: Sequence[Job]) -> None:
    for job in jobs:
        job.resolve()
