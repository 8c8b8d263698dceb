"""The one thread that writes: it commits in groups, so that durability stays cheap."""

import asyncio
import contextvars
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlmodel import Session

from services.core.errors import Unavailable
from services.core.i18n import _

Result = TypeVar("Result")

GROUP = 256
"""How many writes share a commit at the most, so that the first of them is not kept waiting."""


@dataclass
class _Job:
    """A write that waits, and whom to tell how it went."""

    fn: Callable[[Session], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    context: contextvars.Context = field(default_factory=contextvars.copy_context)
    result: Any = None
    error: BaseException | None = None

    def tell(self) -> None:
        if self.future.cancelled():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Writer:
    """Runs writes one after the other, each in a savepoint, and commits those that wait at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
        self._door = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="writer")
        self._thread.start()

    async def submit(self, fn: Callable[[Session], Result]) -> Result:
        """Return what `fn` returned, after the commit that holds it.

        Raises what `fn` raised, `OperationalError` when the commit did not go through, or
        `Unavailable` after `close`; in all cases nothing of this write is stored.
        """
        loop = asyncio.get_running_loop()
        job = _Job(fn, loop, loop.create_future())
        with self._door:  # what comes in after the end of the queue would wait for ever
            if self._closed:
                raise Unavailable(_("The server is stopping. Send it again when it is back."))
            self._waiting.put(job)
        # A caller that goes away does not take its write with it: it was promised to the thread.
        # Then nobody is left to be told of an error, which asyncio would complain of.
        job.future.add_done_callback(lambda done: done.cancelled() or done.exception())
        result: Result = await asyncio.shield(job.future)
        return result

    def close(self) -> None:
        """Finish what waits, then end the thread."""
        with self._door:
            self._closed = True
            self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (job := self._waiting.get()) is not None:
            group, last = self._gather(job)
            self._commit(group)
            self._tell(group)
            if last:
                return

    def _gather(self, first: _Job) -> tuple[list[_Job], bool]:
        group = [first]
        while len(group) < GROUP:
            try:
                job = self._waiting.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return group, True
            group.append(job)
        return group, False

    def _commit(self, group: Sequence[_Job]) -> None:
        try:
            with self._engine.begin() as connection:
                for job in group:
                    self._try(job, connection)
        except Exception as error:
            # The commit failed, or SQLite gave the whole transaction up (as it may when the
            # disk is full): then none of the group is stored, and each is told so.
            for job in group:
                job.error = job.error or error

    def _try(self, job: _Job, connection: Connection) -> None:
        """Run one write in its savepoint; what goes wrong in it stays its own."""
        session = Session(
            connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        )
        try:
            job.result = job.context.run(job.fn, session)
            session.commit()
        except BaseException as error:
            if not _in_transaction(connection):
                raise  # SQLite gave up the whole group (a full disk), not this write alone
            job.error = error
            session.rollback()
        finally:
            session.close()

    def _tell(self, group: Sequence[_Job]) -> None:
        for loop in {job.loop for job in group}:
            jobs = [job for job in group if job.loop is loop]
            try:
                loop.call_soon_threadsafe(_tell_all, jobs)
            except RuntimeError:  # the loop is closed: nobody is left to be told
                continue


def _in_transaction(connection: Connection) -> bool:
    raw = connection.connection.dbapi_connection
    return raw is not None and bool(raw.in_transaction)


def _tell_all(jobs: Sequence[_Job]) -> None:
    for job in jobs:
        try:
            job.tell()
        except Exception as error:  # a future takes no StopIteration, and the rest wait still
            if not job.future.done():
                job.future.set_exception(RuntimeError(f"a write raised {job.error!r}: {error}"))
