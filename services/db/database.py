"""The way to what is stored: `await read(fn)` and `await write(fn)`.

`fn` is plain SQLModel code that takes a session, as in SQLModel's own documentation, and
returns plain values. Reading runs on a few threads, each with a connection that cannot
write. Writing runs on one thread, in the order of the calls: whatever waits is committed
together, each call in a savepoint of its own, so that one flush to the disk serves many
and one bad write spoils no other. When `write` returns, the data is on the disk.
"""

import asyncio
import contextvars
import sqlite3
import threading
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor
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
from services.db.writer import Writer

Result = TypeVar("Result")

READERS = 4
CACHE_SIZE = 1_000
"""How many answers `read_cached` keeps at most."""
BUSY_SECONDS = 15
"""How long a statement waits for another program that holds the database."""


class Database:
    """One SQLite file: a writer thread and a few reader threads."""

    def __init__(self, file: Path, *, checkpoints: bool = True) -> None:
        """Open `file`, which must be there and at the newest revision.

        Only one program at a time may move the log into the file, which `checkpoints`: see
        "Which SQLite" in docs/storage.md.
        """
        self._writing = engine(file, connections=1, checkpoints=checkpoints)
        self._reading = engine(file, connections=READERS, read_only=True)
        self._versions = connect(file, read_only=True, patience=0)
        self._writer = Writer(self._writing)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._own = threading.local()
        self._connections: list[Connection] = []
        self._recalled: dict[Hashable, Any] = {}
        self._recalled_of: int | None = None

    async def read(self, fn: Callable[[Session], Result]) -> Result:
        """Run `fn` on a reader thread and return what it returns: one consistent view."""
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._readers, context.run, self._query, fn)
        except OperationalError as error:
            raise unavailable(error) from error

    async def read_cached(self, key: Hashable, fn: Callable[[Session], Result]) -> Result:
        """Return what `read` would: from memory if, since the same was read, nothing was stored.

        `key` names the question; what `fn` returns is handed out again, and so must not change.
        """
        version = self.version()  # first: what is stored while `fn` reads counts as stored since
        if version is None:
            return await self.read(fn)
        if version != self._recalled_of or len(self._recalled) >= CACHE_SIZE:
            self._recalled, self._recalled_of = {}, version
        recalled = self._recalled
        if key not in recalled:
            recalled[key] = await self.read(fn)
        found: Result = recalled[key]
        return found

    async def write(self, fn: Callable[[Session], Result]) -> Result:
        """Run `fn` on the writer thread; return what it returns once that is on the disk."""
        try:
            return await self._writer.submit(fn)
        except OperationalError as error:
            raise unavailable(error) from error

    def version(self) -> int | None:
        """Return a number that is another one after whatever is stored, by whichever program.

        That is a look into memory: it waits for nothing, and for once may not be told.
        """
        try:
            [(version,)] = self._versions.execute("PRAGMA data_version").fetchall()
        except sqlite3.OperationalError:
            return None
        return int(version)

    async def close(self) -> None:
        """Finish what waits, then let go of the file."""
        await asyncio.to_thread(self._writer.close)
        self._readers.shutdown()
        for connection in self._connections:
            connection.close()
        self._versions.close()
        self._reading.dispose()
        self._writing.dispose()

    def _query(self, fn: Callable[[Session], Result]) -> Result:
        connection = self._connection()
        try:
            with connection.begin(), _Reading(connection) as session:
                return fn(session)
        except DatabaseError:  # whatever is wrong with it: the next question has another
            del self._own.connection
            self._connections.remove(connection)
            connection.invalidate()
            connection.close()
            raise

    def _connection(self) -> Connection:
        """Return this thread's own: to take one from a pool costs as much as most questions do."""
        if not hasattr(self._own, "connection"):
            self._own.connection = self._reading.connect()
            self._connections.append(self._own.connection)
        connection: Connection = self._own.connection
        return connection


class _Reading(Session):
    """A session that hands out its connection at once: to look for it costs as much again."""

    def connection(self, *_how: Any, **_else: Any) -> Connection:
        assert isinstance(self.bind, Connection)
        return self.bind


_open: Database | None = None


def current() -> Database:
    """Return the database that is open."""
    if _open is None:
        raise RuntimeError("the database is not open; call services.lifecycle.startup() first")
    return _open


def use(database: Database | None) -> None:
    """Make `database` the one that `read` and `write` go to."""
    global _open
    _open = database


async def read(fn: Callable[[Session], Result]) -> Result:
    """See `Database.read`."""
    return await current().read(fn)


async def read_cached(key: Hashable, fn: Callable[[Session], Result]) -> Result:
    """See `Database.recall`."""
    return await current().read_cached(key, fn)


async def write(fn: Callable[[Session], Result]) -> Result:
    """See `Database.write`."""
    return await current().write(fn)


def engine(
    file: Path, *, connections: int, read_only: bool = False, checkpoints: bool = True
) -> Engine:
    """Return SQLAlchemy's engine for `file`, with the settings that our promises rest on."""
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
    file: Path, *, read_only: bool, patience: float = BUSY_SECONDS, checkpoints: bool = True
) -> sqlite3.Connection:
    """Return SQLite's own connection to `file`, with the same settings."""
    # isolation_level=None: the driver opens no transactions behind our back, so that
    # savepoints work and BEGIN IMMEDIATE is ours to say.
    connection = sqlite3.connect(
        f"{file.resolve().as_uri()}?mode={'ro' if read_only else 'rwc'}",
        uri=True,
        timeout=patience,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA foreign_keys = ON")
    if not read_only:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
    if not checkpoints:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
    return connection


@contextmanager
def reading(file: Path) -> Iterator[None]:
    """Raise `Unavailable` when within the block a database cannot be read."""
    try:
        yield
    except OperationalError as error:
        raise unavailable(error) from error
    except DatabaseError as error:
        raise Unavailable(
            _("{file} is not a database, or is damaged. Put a backup in its place.").format(
                file=file
            )
        ) from error


def unavailable(error: OperationalError) -> Unavailable:
    """Say in one sentence why the database cannot take or give anything just now."""
    # When SQLite gives up a whole transaction, undoing it fails as well: the first is the reason.
    while isinstance(error.__context__, OperationalError):
        error = error.__context__
    why: Any = str(error.orig)
    if "locked" in why or "busy" in why:
        return Unavailable(_("The database is busy. Nothing was lost: try again in a moment."))
    if "full" in why:
        return Unavailable(
            _("The server's disk is full. Nothing was stored: ask the host to make room.")
        )
    return Unavailable(
        _("The server cannot reach its database. Nothing was stored: tell the host.")
    )
