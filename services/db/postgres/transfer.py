"""A whole chat in PostgreSQL: read as it is at one moment, or stored in an empty database."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial

import psycopg
from psycopg import IsolationLevel
from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from services.core.errors import ServiceError, Unavailable
from services.core.i18n import _
from services.core.network.database_address import DatabaseAddress
from services.db.postgres import connections, schema
from services.db.postgres.connections import Server

# A transaction that is idle here waits for the other database.
_PATIENT = "SET LOCAL idle_in_transaction_session_timeout = 0"
_PRESENT = """
SELECT relname FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
ORDER BY relname LIMIT 1
"""


@contextmanager
def reading(address: DatabaseAddress) -> Iterator[Connection]:
    """Open a transaction that reads, while no server can use the database.

    Raises `Unavailable` when one does.
    """
    with connections.once(partial(_connect_to_read, address)) as connection:
        connection.exec_driver_sql(_PATIENT)
        yield connection


@contextmanager
def keeping_out(address: DatabaseAddress) -> Iterator[connections.Raw]:
    """Let no server use the database, as long as the connection lasts.

    Raises `Unavailable` when one does, or when the database cannot be used.
    """
    try:
        connection = connections.connect_to_write(address, Server.ALONE)
    except psycopg.Error as error:
        raise connections.unusable(error) from error
    with closing(connection):
        connection.autocommit = True  # nothing is read meanwhile
        yield connection


def is_kept_out(connection: connections.Raw) -> bool:
    """Return whether the connection of `keeping_out` has lasted."""
    try:
        connection.execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


@contextmanager
def building(
    address: DatabaseAddress, further: Sequence[str], may_be_stored: Callable[[bool], None]
) -> Iterator[Connection]:
    """Open a transaction in an empty database that creates the tables, and has no triggers fire.

    At the end of the block all is made ready to be used, and committed; after an error, the
    database is as it was. `further` is that of `schema.prepare`. `may_be_stored` is told True right
    before the commit, and False if that has failed for sure. Raises `ServiceError` unless the
    database is empty, and `Unavailable` when a chat cannot be stored in it.
    """
    connect = partial(connections.connect_to_write, address, Server.ALONE)
    made = connections.engine(connect, connections=1)
    try:
        with made.connect() as connection, connection.begin() as transaction:
            _begin(connection, address, further)
            yield connection
            _complete(connection)
            may_be_stored(True)
            try:
                transaction.commit()
            except DBAPIError as error:
                if not (connections.is_lost(error) and _was_committed(address)):
                    may_be_stored(False)
                    raise
    finally:
        made.dispose()


def _connect_to_read(address: DatabaseAddress) -> connections.Raw:
    connection = connections.connect_to_write(address, Server.ALONE)
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    return connection


def _begin(connection: Connection, address: DatabaseAddress, further: Sequence[str]) -> None:
    connection.exec_driver_sql(_PATIENT)
    schema.require_fit(connection)
    if table := connection.exec_driver_sql(_PRESENT).scalar():
        raise ServiceError(
            _(
                "The database {address} is not empty: it has a table {table}. Nothing was moved: "
                "choose an empty one."
            ).format(address=address, table=table)
        )
    schema.create(connection, further)
    for each in reversed(SQLModel.metadata.sorted_tables):
        connection.execute(each.delete())  # the first rows of a new chat
        connection.exec_driver_sql(f"ALTER TABLE {each.name} DISABLE TRIGGER USER")


def _complete(connection: Connection) -> None:
    for each in SQLModel.metadata.sorted_tables:
        connection.exec_driver_sql(f"ALTER TABLE {each.name} ENABLE TRIGGER USER")
        _go_on_after_highest(connection, each)
    connection.exec_driver_sql("ANALYZE")


def _go_on_after_highest(connection: Connection, table: Table) -> None:
    """Let a column that numbers the rows by itself go on after the highest number."""
    if (column := table.autoincrement_column) is not None:
        connection.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'),"  # noqa: S608
            f" coalesce(max({column.name}), 0) + 1, false) FROM {table.name}"
        )


def _was_committed(address: DatabaseAddress) -> bool:
    """Return whether the tables are there. Raises `Unavailable` when nobody can tell."""
    try:
        return schema.is_needed(address) is False
    except Unavailable as error:
        raise Unavailable(
            _(
                "The database {address} went away at the very end. Start the chat on it: unless "
                "everything is there, move into an empty database again."
            ).format(address=address)
        ) from error
