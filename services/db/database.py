"""Access to the database: `await read(fn)` and `await write(fn)`.

`fn` is plain SQLModel code that takes a session and returns plain values. Reads run on a few
threads, each with a read-only connection. Writes run on one thread, and are committed in groups.
When `write` returns, the data is on disk.
"""

import asyncio
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import QueuePool
from sqlmodel import Session

from services.core.errors import Unavailable
from services.core.i18n import _
from services.db.direct_session import DirectSession
from services.db.readers import Readers
from services.db.writer import Writer

Result = TypeVar("Result")

READERS = 4
CACHE_SIZE = 1_000
"""Results in the cache of `read_cached`."""
RESERVE_SHARE, RESERVE_BYTES = 0.02, 2 * 10**9
"""The part of the disk that is kept free for logging in and deleting, whichever is less."""
DISK_SECONDS = 1.0
"""Seconds for which it is remembered that the disk has space."""
BUSY_SECONDS = 15
"""How long a statement waits for a lock of another process."""


class Database:
    """One SQLite file: a writer thread and a few reader threads."""

    def __init__(self, file: Path, *, checkpoints: bool = True) -> None:
        """Open `file`, which must exist and be at the newest revision.

        Only one process at a time may run `checkpoints`: see "Which SQLite" in docs/storage.md.
        """
        self._checkpoints = checkpoints
        self._writing = engine(file, connections=1, checkpoints=checkpoints)
        self._reading = engine(file, connections=READERS, read_only=True)
        self._versions = connect(file, read_only=True, busy_seconds=0)
        self._writer = Writer(self._writing)
        self._disk = _Disk(file.parent)
        self._readers = Readers(READERS)
        self._local = threading.local()
        self._connections: list[Connection] = []
        self._cache: dict[Hashable, Any] = {}
        self._cache_version: int | None = None

    async def read(self, fn: Callable[[Session], Result]) -> Result:
        """Run `fn` on a reader thread, in one transaction, and return its result."""
        try:
            return await self._readers.run(partial(self._query, fn))
        except OperationalError as error:
            raise unavailable(error) from error

    async def read_cached(self, key: Hashable, fn: Callable[[Session], Result]) -> Result:
        """Return the result of `read`, cached under `key` until anything is stored.

        The result is shared between callers, so it must be immutable.
        """
        cache = self.cache()  # before the read, so that a write during it invalidates
        if key not in cache:
            cache[key] = await self.read(fn)
        result: Result = cache[key]
        return result

    def cache(self) -> dict[Hashable, Any]:
        """Return a dictionary for results of reads; it is another one once anything is stored."""
        version = self.version()
        if version is None:
            return {}
        if version != self._cache_version or len(self._cache) >= CACHE_SIZE:
            self._cache, self._cache_version = {}, version
        return self._cache

    async def write(self, fn: Callable[[Session], Result], *, uses_reserve: bool = False) -> Result:
        """Run `fn` on the writer thread; return its result once it is on disk.

        There is one such thread, so writes run one after another, in the order of the calls. It
        takes all that are waiting, runs each in its own savepoint, commits them in one transaction,
        which flushes the file once, and only then lets each caller go on.

        `uses_reserve` is for what people must be able to do on a nearly full disk: log in and out,
        and delete things.

        Raises what `fn` raised, and `Unavailable` when the disk is nearly full, the commit failed,
        or the server stops: in all cases nothing of this write is stored.
        """
        if not uses_reserve and self._disk.is_nearly_full():
            raise Unavailable(
                _(
                    "The server's disk is nearly full. Nothing was stored: ask the host to "
                    "free up space."
                )
            )
        try:
            return await self._writer.submit(fn)
        except (OperationalError, sqlite3.OperationalError) as error:
            raise unavailable(error) from error

    async def truncate_log(self) -> bool:
        """Empty the write-ahead log, unless somebody reads just then; return whether it is.

        Also true without `checkpoints`, as another process does it.
        """
        return not self._checkpoints or await self._writer.truncate_log()

    def version(self) -> int | None:
        """Return a number that changes with every commit, of other processes as well.

        It only reads shared memory, and does not block: None while that is locked.
        """
        try:
            [(version,)] = self._versions.execute("PRAGMA data_version").fetchall()
        except sqlite3.OperationalError:
            return None
        return int(version)

    async def close(self) -> None:
        """Finish all pending writes, then close the file."""
        await asyncio.to_thread(self._writer.close)
        self._readers.close()
        for connection in self._connections:
            connection.close()
        self._versions.close()
        self._reading.dispose()
        self._writing.dispose()

    def _query(self, fn: Callable[[Session], Result]) -> Result:
        connection = self._connection()
        try:
            with connection.begin(), DirectSession(connection) as session:
                return fn(session)
        except DatabaseError:  # the connection may be broken: the next read opens another
            del self._local.connection
            self._connections.remove(connection)
            connection.invalidate()
            connection.close()
            raise

    def _connection(self) -> Connection:
        """Return this thread's connection: one from a pool costs as much as most queries."""
        if not hasattr(self._local, "connection"):
            self._local.connection = self._reading.connect()
            self._connections.append(self._local.connection)
        connection: Connection = self._local.connection
        return connection


class _Disk:
    """The disk that the database is on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._checked_at = -DISK_SECONDS
        self._is_nearly_full = False

    def is_nearly_full(self) -> bool:
        """Return whether only the reserve is left.

        That there is space is remembered for a moment; that there is none is not, so that people
        can go on as soon as some was freed.
        """
        moment = time.monotonic()
        if self._is_nearly_full or moment - self._checked_at >= DISK_SECONDS:
            disk = shutil.disk_usage(self._folder)
            self._is_nearly_full = disk.free < min(disk.total * RESERVE_SHARE, RESERVE_BYTES)
            self._checked_at = moment
        return self._is_nearly_full


_open: Database | None = None


def current() -> Database:
    """Return the database that is open."""
    if _open is None:
        raise RuntimeError("the database is not open; call services.lifecycle.startup() first")
    return _open


def use(database: Database | None) -> None:
    """Make `database` the one for `read` and `write`."""
    global _open
    _open = database


async def read(fn: Callable[[Session], Result]) -> Result:
    """See `Database.read`."""
    return await current().read(fn)


async def read_cached(key: Hashable, fn: Callable[[Session], Result]) -> Result:
    """See `Database.read_cached`."""
    return await current().read_cached(key, fn)


def cache() -> dict[Hashable, Any]:
    """See `Database.cache`."""
    return current().cache()


async def write(fn: Callable[[Session], Result], *, uses_reserve: bool = False) -> Result:
    """See `Database.write`."""
    return await current().write(fn, uses_reserve=uses_reserve)


def engine(
    file: Path, *, connections: int, read_only: bool = False, checkpoints: bool = True
) -> Engine:
    """Return an SQLAlchemy engine for `file`, with the settings that durability relies on."""
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"
    made = create_engine(
        "sqlite://",
        creator=partial(connect, file, read_only=read_only, checkpoints=checkpoints),
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
    )
    event.listen(made, "begin", lambda connection: connection.exec_driver_sql(begin))
    return made


def connect(
    file: Path, *, read_only: bool, busy_seconds: float | None = None, checkpoints: bool = True
) -> sqlite3.Connection:
    """Return an sqlite3 connection to `file`, with the same settings."""
    # isolation_level=None: the driver must open no transactions by itself, so that savepoints
    # and BEGIN IMMEDIATE work.
    connection = sqlite3.connect(
        f"{file.resolve().as_uri()}?mode={'ro' if read_only else 'rwc'}",
        uri=True,
        timeout=BUSY_SECONDS if busy_seconds is None else busy_seconds,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA foreign_keys = ON")
    if not read_only:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        # What is deleted is overwritten, also in what is free in the file.
        connection.execute("PRAGMA secure_delete = ON")
    if not checkpoints:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
    return connection


@contextmanager
def reading(file: Path) -> Iterator[None]:
    """Turn database errors within the block into `Unavailable`."""
    try:
        yield
    except OperationalError as error:
        raise unavailable(error) from error
    except DatabaseError as error:
        raise Unavailable(
            _("{file} is not a database, or is damaged. Restore a backup.").format(file=file)
        ) from error


def unavailable(error: OperationalError | sqlite3.OperationalError) -> Unavailable:
    """Return the error for people, by the error of SQLite."""
    # When SQLite aborts a whole transaction, the rollback fails as well: the first error counts.
    while isinstance(error.__context__, OperationalError):
        error = error.__context__
    reason = str(getattr(error, "orig", error))
    if "locked" in reason or "busy" in reason:
        return Unavailable(_("The database is busy. Nothing was lost: try again in a moment."))
    if "full" in reason:
        return Unavailable(
            _("The server's disk is full. Nothing was stored: ask the host to free up space.")
        )
    return Unavailable(
        _("The server cannot reach its database. Nothing was stored: tell the host.")
    )
