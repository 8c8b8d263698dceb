"""The writer thread, which commits in groups: one flush to disk for many writes."""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlmodel import Session

from services.db.direct_session import DirectSession
from services.db.job_queue import Job, JobQueue

Result = TypeVar("Result")

AUTOCHECKPOINT_PAGES = 1000
"""SQLite's default: the size of the write-ahead log after which a commit checkpoints it."""
MAX_GROUP = 256
"""Writes per commit, so that the first of them does not wait too long."""


class Writer:
    """Runs writes one by one, each in a savepoint, and commits all that are waiting together."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue = JobQueue()
        self._truncates = self._is_truncated = False
        self._thread = threading.Thread(target=self._run, name="writer")
        self._thread.start()

    async def submit(self, fn: Callable[[Session], Result]) -> Result:
        """Run `fn`, and return its result after the commit.

        Raises what `fn` raised, `OperationalError` when the commit failed, or `Unavailable` after
        `close`; in all cases nothing of this write is stored.
        """
        future = self._queue.put(fn)
        # A cancelled caller does not cancel its write. The callback marks the error of such a
        # write as retrieved, which asyncio would log otherwise.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        result: Result = await asyncio.shield(future)
        return result

    async def truncate_log(self) -> bool:
        """Empty the write-ahead log after the next commit; return whether that was possible.

        On this thread, as two connections must not run checkpoints at a time.
        """
        await self.submit(self._truncate_after)
        return self._is_truncated

    def close(self) -> None:
        """Finish all pending writes, then end the thread."""
        self._queue.close()
        self._thread.join()

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            group, is_last = self._collect(job)
            self._commit(group)
            if self._truncates:
                self._truncates = False
                self._is_truncated = self._truncate()
            self._resolve(group)
            if is_last:
                return

    def _truncate_after(self, session: Session) -> None:
        """Write something that no checkpoint has seen: see "Which SQLite" in docs/storage.md."""
        self._truncates = True
        connection = session.connection()
        connection.exec_driver_sql("PRAGMA wal_autocheckpoint = 0")
        version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        connection.exec_driver_sql(f"PRAGMA user_version = {int(version)}")

    def _truncate(self) -> bool:
        """Checkpoint without waiting for readers; they would keep all writes waiting."""
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            [(patience,)] = cursor.execute("PRAGMA busy_timeout").fetchall()
            cursor.execute("PRAGMA busy_timeout = 0")
            try:
                [(is_busy, *_pages)] = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                cursor.execute(f"PRAGMA busy_timeout = {int(patience)}")
                cursor.execute(f"PRAGMA wal_autocheckpoint = {AUTOCHECKPOINT_PAGES}")
            return not is_busy
        except sqlite3.OperationalError:  # as on a full disk
            return False
        finally:
            connection.close()

    def _collect(self, first: Job) -> tuple[list[Job], bool]:
        """Return all jobs that are waiting, and whether the queue ends there."""
        group = [first]
        while len(group) < MAX_GROUP:
            try:
                job = self._queue.get(waits=False)
            except queue.Empty:
                break
            if job is None:
                return group, True
            group.append(job)
        return group, False

    def _commit(self, group: Sequence[Job]) -> None:
        try:
            with self._engine.begin() as connection:
                for job in group:
                    self._try(job, connection)
        except Exception as error:
            # The commit failed, or SQLite aborted the whole transaction (as on a full disk):
            # nothing of the group is stored, so every job gets the error.
            for job in group:
                job.error = job.error or error

    def _try(self, job: Job, connection: Connection) -> None:
        """Run one write in a savepoint, so that its error does not affect the others.

        The savepoint is the driver's, as through SQLAlchemy it would cost more.
        """
        cursor = connection.connection.cursor()
        cursor.execute("SAVEPOINT job")
        session = DirectSession(
            connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        )
        try:
            job.result = job.context.run(job.fn, session)
            if session.in_transaction():
                session.commit()
            cursor.execute("RELEASE job")
        except BaseException as error:
            if not _in_transaction(connection):
                raise  # SQLite aborted the transaction of the whole group
            job.error = error
            session.rollback()
            cursor.execute("ROLLBACK TO job")
            cursor.execute("RELEASE job")
        finally:
            session.close()

    def _resolve(self, group: Sequence[Job]) -> None:
        for loop in {job.loop for job in group}:
            jobs = [job for job in group if job.loop is loop]
            try:
                loop.call_soon_threadsafe(_resolve_all, jobs)
            except RuntimeError:  # the loop is closed
                continue


def _in_transaction(connection: Connection) -> bool:
    raw = connection.connection.dbapi_connection
    return raw is not None and bool(raw.in_transaction)


def _resolve_all(jobs: Sequence[Job]) -> None:
    for job in jobs:
        job.resolve()
