"""What the database asks of SQLite."""

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlmodel import Session

from services.core.errors import Unavailable
from services.db.job_queue import Job
from services.db.readers import READERS
from services.db.sqlite import connections, group_commit
from services.db.sqlite.disk import Disk


class SqliteBackend:
    """One SQLite file."""

    errors = (OperationalError, sqlite3.OperationalError)
    max_group = 256
    idle_seconds: float | None = None

    def __init__(self, file: Path, *, checkpoints: bool = True) -> None:
        """Open `file`, which must exist and be at the newest revision.

        Only one process at a time may run `checkpoints`: see "Which SQLite" in docs/storage.md.
        """
        self._file = file
        self._checkpoints = checkpoints
        self._writing = connections.engine(file, connections=1, checkpoints=checkpoints)
        self.reading = connections.engine(file, connections=READERS, read_only=True)
        self._versions = connections.connect(file, read_only=True, busy_seconds=0)
        self._disk = Disk(file.parent)
        self._truncates = self._is_truncated = False

    def begin_reading(self, connection: Connection) -> AbstractContextManager[object]:
        """See `Backend.begin_reading`."""
        return connection.begin()

    def end_transactions(self, connection: Connection) -> None:
        """See `Backend.end_transactions`: so is every statement that follows no BEGIN."""

    def look_after(self) -> None:
        """See `Backend.look_after`: a file stays open."""

    def commit(self, group: Sequence[Job], _gather: Callable[[], Sequence[Job]]) -> None:
        """See `Backend.commit`; afterwards the log is emptied, if that was asked for."""
        try:
            group_commit.run(self._writing, group)
        finally:
            if self._truncates:
                self._truncates = False
                self._is_truncated = self._truncate()

    def version(self) -> int | None:
        """See `Backend.version`: SQLite notes it in shared memory, and so tells at once."""
        try:
            [(version,)] = self._versions.execute("PRAGMA data_version").fetchall()
        except sqlite3.OperationalError:  # locked
            return None
        return int(version)

    def note_change(self) -> None:
        """See `Backend.note_change`: SQLite knows."""

    def size(self, session: Session) -> int:
        """See `Backend.size`: the file and its write-ahead log."""
        log = self._file.with_name(f"{self._file.name}-wal")
        return sum(file.stat().st_size for file in (self._file, log) if file.exists())

    def is_lost(self, error: Exception) -> bool:
        """See `Backend.is_lost`: that of a file does not."""
        return False

    def is_nearly_full(self) -> bool:
        """See `Backend.is_nearly_full`."""
        return self._disk.is_nearly_full()

    def is_of_value(self, _error: Exception) -> bool:
        """See `Backend.is_of_value`: SQLite stores what it is given."""
        return False

    def refusal(self, error: Exception) -> Unavailable:
        """See `Backend.refusal`."""
        assert isinstance(error, self.errors)
        return connections.unavailable(error)

    async def erase_deleted(
        self, write: Callable[[Callable[[Session], None]], Awaitable[None]]
    ) -> bool:
        """See `Backend.erase_deleted`: it is in the write-ahead log, until that is empty.

        On the thread that writes, as two connections must not run checkpoints at a time; without
        `checkpoints` another process does it.
        """
        if not self._checkpoints:
            return True
        await write(self._truncate_after)
        return self._is_truncated

    def close(self) -> None:
        """Close the file."""
        self._versions.close()
        self.reading.dispose()
        self._writing.dispose()

    def _truncate_after(self, session: Session) -> None:
        """Write something that no checkpoint has seen: see "Which SQLite" in docs/storage.md."""
        self._truncates = True
        connection = session.connection()
        connection.exec_driver_sql("PRAGMA wal_autocheckpoint = 0")
        version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        connection.exec_driver_sql(f"PRAGMA user_version = {int(version)}")

    def _truncate(self) -> bool:
        """Checkpoint without waiting for readers; they would keep all writes waiting."""
        connection = self._writing.raw_connection()
        try:
            cursor = connection.cursor()
            [(patience,)] = cursor.execute("PRAGMA busy_timeout").fetchall()
            cursor.execute("PRAGMA busy_timeout = 0")
            try:
                [(is_busy, *_pages)] = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                cursor.execute(f"PRAGMA busy_timeout = {int(patience)}")
                pages = connections.AUTOCHECKPOINT_PAGES
                cursor.execute(f"PRAGMA wal_autocheckpoint = {pages}")
            return not is_busy
        except (sqlite3.Error, SQLAlchemyError):  # as on a full disk
            return False
        finally:
            connection.close()
