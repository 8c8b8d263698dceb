"""What the database asks of PostgreSQL."""

import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
)
from sqlmodel import Session

from services.core.errors import ServiceError
from services.core.i18n import _
from services.core.network.database_address import DatabaseAddress
from services.db.job_queue import Job
from services.db.postgres import connections
from services.db.postgres.connections import Server
from services.db.postgres.group_commit import GroupCommit
from services.db.readers import READERS

log = logging.getLogger(__name__)
CACHE_SECONDS = 0.2
"""How long what was read may be used again: after that, another process may have changed it."""


MAX_LOGGED = 200
"""Characters of a statement in the log."""
OF_VALUES = (DataError, psycopg.DataError, UnicodeEncodeError)
"""What a statement raises for a text with a NUL or half a surrogate pair, or too large a number."""


class PostgresBackend:
    """A PostgreSQL database."""

    errors = (
        *OF_VALUES,
        *(OperationalError, InterfaceError, InternalError),
        *(psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError),
    )
    max_group = 64
    idle_seconds: float | None = 5.0

    def __init__(
        self,
        address: DatabaseAddress,
        server: Server = Server.ALONE,
        *,
        finish: Callable[[Connection], None] = lambda _connection: None,
    ) -> None:
        """Open a database, which must be at the newest revision.

        `finish` does, before each commit, what follows from all writes of the transaction. Raises
        `Unavailable` when the database cannot be reached, or if there is a server that must not be.
        """
        self.reading = connections.reading(address, connections=READERS)
        self._writing = connections.engine(
            partial(connections.connect_to_commit, address, server),
            connections=1,
        )
        try:
            self._commits = GroupCommit(self._writing, finish)
        except DBAPIError as error:
            raise connections.unusable(error) from error
        self._version = 0

    @contextmanager
    def begin_reading(self, connection: Connection) -> Iterator[None]:
        """See `Backend.begin_reading`."""
        _set_autocommit(connection, False)
        with connection.begin():
            yield

    def end_transactions(self, connection: Connection) -> None:
        """See `Backend.end_transactions`: that saves two round trips."""
        _set_autocommit(connection, True)

    def look_after(self) -> None:
        """See `Backend.look_after`: another server can start when the connection is lost."""
        self._commits.look_after()

    def commit(self, group: Sequence[Job], gather: Callable[[], Sequence[Job]]) -> None:
        """See `Backend.commit`."""
        try:
            self._commits.run(group, gather)
        finally:
            self._version += 1

    def version(self) -> int | None:
        """See `Backend.version`: asking would take as long as reading.

        So it changes with each commit of this process, and otherwise every `CACHE_SECONDS`.
        """
        return self._version << 40 | int(time.monotonic() / CACHE_SECONDS)

    def note_change(self) -> None:
        """See `Backend.note_change`."""
        self._version += 1

    def size(self, session: Session) -> int:
        """See `Backend.size`: the database as PostgreSQL counts it, without its log."""
        query = "SELECT pg_database_size(current_database())"
        return int(session.connection().exec_driver_sql(query).scalar_one())

    def is_lost(self, error: Exception) -> bool:
        """See `Backend.is_lost`."""
        return connections.is_lost(error)

    def is_nearly_full(self) -> bool:
        """See `Backend.is_nearly_full`: the disk is the PostgreSQL server's."""
        return False

    def is_of_value(self, error: Exception) -> bool:
        """See `Backend.is_of_value`."""
        return isinstance(error, OF_VALUES)

    def refusal(self, error: Exception) -> ServiceError:
        """See `Backend.refusal`."""
        if not self.is_of_value(error):
            return connections.unavailable(error)
        # Not what it says: that may quote what somebody wrote.
        statement = str(getattr(error, "statement", ""))[:MAX_LOGGED]
        log.warning("PostgreSQL takes no such value (%s) %s", type(error).__name__, statement)
        return ServiceError(
            _("There is a character or a number in it that cannot be stored. Type it again.")
        )

    async def erase_deleted(
        self, _write: Callable[[Callable[[Session], None]], Awaitable[None]]
    ) -> bool:
        """See `Backend.erase_deleted`: VACUUM does it, when the PostgreSQL server runs it."""
        return True

    def close(self) -> None:
        """Close all connections."""
        self._commits.close()
        self.reading.dispose()
        self._writing.dispose()


def _set_autocommit(connection: Connection, value: bool) -> None:
    raw: Any = connection.connection.driver_connection
    if raw.autocommit is not value:
        raw.autocommit = value
