"""Access to the database: `await read(fn)` and `await write(fn)`.

`fn` is plain SQLModel code that takes a session and returns plain values. Reads run on a few
threads, each with a read-only connection. Writes run on one thread, and are committed in groups.
When `write` returns, the data is on disk.
"""

import asyncio
import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, literal, select
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, SQLModel

from models.base import table
from services.core.errors import Unavailable
from services.core.i18n import _
from services.db.backend import Backend
from services.db.batched_reads import BatchedReads, Each, EachOf
from services.db.direct_session import DirectSession
from services.db.prepared import Prepared
from services.db.readers import READERS, Readers
from services.db.writer import Writer

Result = TypeVar("Result")

CACHE_SIZE = 4_000
"""Results in the cache of `read_cached`."""


class Database:
    """A writer thread and a few reader threads, and the connections they use."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._broken: tuple[type[Exception], ...] = (DatabaseError, *backend.errors)
        """After these a connection may be of no use: the next read opens another."""
        self._writer = Writer(backend)
        self._readers = Readers(READERS)
        self._together = BatchedReads(self._run)
        self._each = Each(self._look)
        self._local = threading.local()
        self._connections: list[Connection] = []
        self._cache: dict[Hashable, Any] = {}
        self._cache_version: int | None = None

    async def read(self, fn: Callable[[Session], Result]) -> Result:
        """Run `fn` on a reader thread, in one transaction, and return its result."""
        return await self._run(partial(self._in_transaction, fn))

    async def rows(self, query: Prepared, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """Return the rows of one query, as the driver has them. See `look`."""
        return await self.look(partial(query.execute, values=values))

    async def look(self, fn: Callable[[Connection], Result]) -> Result:
        """Run `fn` on a reader thread without a transaction, and return its result.

        Each statement sees what is stored when it runs. To begin and end a transaction costs as
        much again as a statement or two: this is for what is asked all the time, often by many at
        the same moment. They are answered together, so it must be quick.
        """
        return await self._look(fn)

    def _look(self, fn: Callable[[Connection], Result]) -> asyncio.Future[Result]:
        def run(connection: Connection) -> Result:
            self._backend.end_transactions(connection)
            return fn(connection)

        return self._together.ask(run)

    async def read_cached(self, key: Hashable, fn: Callable[[Session], Result]) -> Result:
        """Return the result of `read`, cached under `key` until anything is stored.

        The result is shared between callers, so it must be immutable; those who ask while it is
        read wait for the same read.
        """
        return await self._cached(key, lambda: asyncio.ensure_future(self.read(fn)))

    async def look_cached(self, key: Hashable, fn: Callable[[Connection], Result]) -> Result:
        """Return the result of `look`, cached as by `read_cached`."""
        return await self._cached(key, lambda: self._look(fn))

    async def look_each_cached(self, fn: EachOf, what: Hashable) -> Any:
        """Return what `fn` returns for `what`, cached until anything is stored.

        `fn` gets a connection, as by `look`, and all that is asked of it at the same moment; it
        returns something for each. A statement for a hundred people takes much less than a hundred
        statements.
        """
        cache = self.cache()  # before the read, so that a write during it invalidates
        key = (fn, what)
        if key not in cache:
            cache[key] = await self._each.ask(fn, what)
        return cache[key]

    async def _cached(self, key: Hashable, ask: Callable[[], asyncio.Future[Result]]) -> Result:
        cache = self.cache()  # before the read, so that a write during it invalidates
        if key not in cache:
            asked = cache[key] = ask()
            asked.add_done_callback(partial(_keep, cache, key))
        found = cache[key]
        # Shielded: who asked first may be gone before the others have their answer.
        result: Result = await asyncio.shield(found) if asyncio.isfuture(found) else found
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
        takes all that are waiting, commits them in one transaction, which flushes to disk once,
        and only then lets each caller go on.

        `uses_reserve` is for what people must be able to do on a nearly full disk: log in and out,
        and delete things.

        Raises what `fn` raised, and `Unavailable` when the disk is nearly full, the commit failed,
        or the server stops: in all cases nothing of this write is stored, except where
        `Unavailable` says that nobody knows.
        """
        if not uses_reserve and self._backend.is_nearly_full():
            raise Unavailable(
                _(
                    "The server's disk is nearly full. Nothing was stored: ask the host to "
                    "free up space."
                )
            )
        try:
            return await self._writer.submit(fn)
        except self._backend.errors as error:
            raise self._backend.refusal(error) from error

    async def erase_deleted(self) -> bool:
        """Erase what was deleted from where older states are kept, unless somebody reads just then.

        Return whether it is erased. Raises like `write`.
        """
        return await self._backend.erase_deleted(partial(self.write, uses_reserve=True))

    def version(self) -> int | None:
        """Return a number that changes with every commit, of other processes as well.

        It does not block: None when it cannot be told at once.
        """
        return self._backend.version()

    def note_change(self) -> None:
        """Forget what is cached: another process says that it has committed something."""
        self._backend.note_change()

    def waiting(self) -> tuple[int, int]:
        """Return how many reads and how many writes wait for a thread."""
        return self._readers.waiting(), self._writer.waiting()

    async def size(self) -> int:
        """Return how many bytes of disk the database takes."""
        return await self.read(self._backend.size)

    async def close(self) -> None:
        """Finish all pending writes, then close all connections."""
        await asyncio.to_thread(self._writer.close)
        self._readers.close()
        for connection in self._connections:
            connection.close()
        self._backend.close()

    async def _run(self, query: Callable[[Connection], Result]) -> Result:
        try:
            return await self._readers.run(partial(self._query, query))
        except self._backend.errors as error:
            raise self._backend.refusal(error) from error

    def _in_transaction(self, fn: Callable[[Session], Result], connection: Connection) -> Result:
        with self._backend.begin_reading(connection), DirectSession(connection) as session:
            return fn(session)

    def _query(self, query: Callable[[Connection], Result]) -> Result:
        try:
            return self._query_once(query)
        except self._broken as error:
            if not self._backend.is_lost(error):
                raise
        return self._query_once(query)

    def _query_once(self, query: Callable[[Connection], Result]) -> Result:
        connection = self._connection()
        try:
            return query(connection)
        except self._broken as error:
            if not self._backend.is_of_value(error):
                del self._local.connection
                self._connections.remove(connection)
                connection.invalidate()
                connection.close()
            raise

    def _connection(self) -> Connection:
        """Return this thread's connection: one from a pool costs as much as most queries."""
        if not hasattr(self._local, "connection"):
            self._local.connection = self._backend.reading.connect()
            self._connections.append(self._local.connection)
        connection: Connection = self._local.connection
        return connection


def _keep(cache: dict[Hashable, Any], key: Hashable, asked: asyncio.Future[Any]) -> None:
    """Put a result in the place of its read; after an error, nothing."""
    if asked.cancelled() or asked.exception():
        cache.pop(key, None)
    else:
        cache[key] = asked.result()


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


async def rows(query: Prepared, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
    """See `Database.rows`."""
    return await current().rows(query, values)


async def look(fn: Callable[[Connection], Result]) -> Result:
    """See `Database.look`."""
    return await current().look(fn)


async def is_any(model: type[SQLModel], *conditions: ColumnElement[bool]) -> bool:
    """Return whether a table has a row for which these are true, said of `table(model).c`."""
    query = select(literal(1)).select_from(table(model)).where(*conditions).limit(1)
    return await read(lambda session: session.connection().scalar(query) is not None)


async def read_cached(key: Hashable, fn: Callable[[Session], Result]) -> Result:
    """See `Database.read_cached`."""
    return await current().read_cached(key, fn)


async def look_cached(key: Hashable, fn: Callable[[Connection], Result]) -> Result:
    """See `Database.look_cached`."""
    return await current().look_cached(key, fn)


async def look_each_cached(fn: EachOf, what: Hashable) -> Any:
    """See `Database.look_each_cached`."""
    return await current().look_each_cached(fn, what)


def cache() -> dict[Hashable, Any]:
    """See `Database.cache`."""
    return current().cache()


async def write(fn: Callable[[Session], Result], *, uses_reserve: bool = False) -> Result:
    """See `Database.write`."""
    return await current().write(fn, uses_reserve=uses_reserve)
