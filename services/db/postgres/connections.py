"""Connections to PostgreSQL, with the settings that durability and order rely on."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import Enum
from functools import partial
from typing import Any

import psycopg
from psycopg import IsolationLevel
from psycopg.adapt import Buffer, Loader
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from services.core.errors import Unavailable
from services.core.i18n import _
from services.core.network.database_address import DatabaseAddress
from services.db import driver_error

Raw = psycopg.Connection[Any]

MIN_VERSION = 15
CONNECT_SECONDS = 5
BUSY_SECONDS = 15
"""How long a statement waits for a lock of another process."""
ALONE_SECONDS = 2.0
"""How long to wait for the end of another server: PostgreSQL may still be closing its session."""
SERVER_LOCK = 0x53657276
"""The advisory lock of the session of a server; several that know of each other share it."""
IDLE_SECONDS = 60
"""How long a transaction may wait for its next statement: a frozen process must not hold a lock."""
IDLE_AMONG_SEVERAL = 5
"""The same of a commit for which other servers wait: less than `BUSY_SECONDS`."""
_KEEPALIVES = {"keepalives_idle": 4, "keepalives_interval": 2, "keepalives_count": 3}
"""After 10 seconds of silence the other machine is taken to be gone; on both sides.

That must be before the writer runs out of patience: until then, PostgreSQL keeps its place for a
connection that is broken, and refuses the next one.
"""
_UNANSWERED_MILLISECONDS = 10_000
"""The same for what was sent, where the system knows that."""
_SESSION = {
    "synchronous_commit": "on",  # a commit survives a power cut, whatever the server's default is
    "lock_timeout": f"{BUSY_SECONDS}s",
    "idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s",
    # What the host sets for other programs would end the session, and let another server in.
    "idle_session_timeout": "0",
    "statement_timeout": "0",
    "default_transaction_read_only": "off",
    **{f"tcp_{name}": value for name, value in _KEEPALIVES.items()},
    "tcp_user_timeout": _UNANSWERED_MILLISECONDS,
}
_SET = "; ".join(f"SET {name} = '{value}'" for name, value in _SESSION.items())
_DISK_FULL = "53100"
_TOO_MANY_CONNECTIONS = "53300"
_CONFLICTS = {"40001", "40P01"}
"""A conflict with another transaction, a deadlock."""
_TOO_LONG = {"55P03", "57014"}
"""A lock or a statement that took too long."""


_SHUTTING_DOWN = {"57P01", "57P02", "57P03"}
"""The server is shutting down, has crashed, or is starting."""


class Server(Enum):
    """What a connection that writes belongs to, and so which other servers may be there."""

    NONE = 0
    """A command, beside a server or without one."""
    ALONE = 1
    """The only server."""
    ONE_OF_SEVERAL = 2
    """A server that shares the database with others like it."""


class _WholeLoader(Loader):
    """Loads `numeric` as `int`: here these are all sums of whole numbers."""

    def load(self, data: Buffer) -> int:
        return int(bytes(data))


def connect(address: DatabaseAddress) -> Raw:
    """Return a psycopg connection. Raises `psycopg.Error`."""
    connection = psycopg.connect(
        autocommit=True,
        **{
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "simple-chat",
            "tcp_user_timeout": _UNANSWERED_MILLISECONDS,
            **_KEEPALIVES,
            **dict(address.parameters),
            "client_encoding": "utf8",
        },
    )
    try:
        if connection.info.server_version >= MIN_VERSION * 10_000:  # others are refused later
            # Not as `options`: poolers refuse these, and the host may give some.
            connection.execute(_SET)
        connection.autocommit = False
    except psycopg.Error:
        connection.close()
        raise
    connection.adapters.register_loader("numeric", _WholeLoader)
    connection.prepared_max = 500  # statements
    return connection


def connect_to_read(address: DatabaseAddress) -> Raw:
    """Return a psycopg connection whose transactions read, and see one moment each."""
    connection = connect(address)
    connection.autocommit = True
    connection.execute("SET default_transaction_read_only = on")  # for single statements
    connection.autocommit = False
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    return connection


def connect_to_write(address: DatabaseAddress, server: Server) -> Raw:
    """Return a psycopg connection for the one thread that writes.

    As long as that of a server is open, no other server can open one, but several that know of
    each other. Raises `Unavailable` when one is there that must not be.
    """
    connection = connect(address)
    connection.isolation_level = IsolationLevel.READ_COMMITTED
    if server is not Server.NONE:
        _keep_others_out(connection, address, server)
    return connection


def connect_to_commit(address: DatabaseAddress, server: Server) -> Raw:
    """Return the same, for the writes of people: the other servers wait for each of these.

    Migrations may compute for longer: then all wait anyway.
    """
    connection = connect_to_write(address, server)
    if server is Server.ONE_OF_SEVERAL:
        connection.autocommit = True
        connection.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_AMONG_SEVERAL}s'")
        connection.autocommit = False
    return connection


def _keep_others_out(connection: Raw, address: DatabaseAddress, server: Server) -> None:
    connection.autocommit = True  # the lock is the session's
    lock = "pg_try_advisory_lock"
    if server is Server.ONE_OF_SEVERAL:
        lock += "_shared"
    until = time.monotonic() + ALONE_SECONDS
    while not connection.execute(f"SELECT {lock}({SERVER_LOCK})").fetchall()[0][0]:
        if time.monotonic() > until:
            connection.close()
            raise in_use(address)
        time.sleep(0.01)
    connection.autocommit = False


def engine(creator: Callable[[], Raw], *, connections: int) -> Engine:
    """Return an SQLAlchemy engine with at most so many connections, made by `creator`."""
    return create_engine(
        "postgresql+psycopg://",
        creator=creator,
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        use_native_hstore=False,  # or every connection asks whether there is such a type
    )


def reading(address: DatabaseAddress, *, connections: int) -> Engine:
    """Return an engine whose connections read only."""
    return engine(partial(connect_to_read, address), connections=connections)


@contextmanager
def once(creator: Callable[[], Raw]) -> Iterator[Connection]:
    """Open a transaction on a connection that `creator` makes, and close that at the end.

    Raises `DBAPIError`, and what `creator` raises.
    """
    made = engine(creator, connections=1)
    try:
        with made.begin() as connection:
            yield connection
    finally:
        made.dispose()


@contextmanager
def transaction(address: DatabaseAddress) -> Iterator[Connection]:
    """Open a transaction that reads. Raises `Unavailable` when the database cannot be used."""
    try:
        with once(partial(connect_to_read, address)) as connection:
            yield connection
    except DBAPIError as error:
        raise unusable(error) from error


def writing(
    address: DatabaseAddress, server: Server = Server.NONE
) -> AbstractContextManager[Connection]:
    """Open a transaction that writes, once: see `connect_to_write`. Raises `DBAPIError` as well."""
    return once(partial(connect_to_write, address, server))


def is_lost(error: BaseException) -> bool:
    """Return whether the connection is gone that an error is of, as when the server restarts."""
    if not isinstance(
        driver_error.original(error), psycopg.OperationalError | psycopg.InterfaceError
    ):
        return False
    found = state(error)
    return found is None or found[:2] == "08" or found in _SHUTTING_DOWN


def is_conflict(error: BaseException) -> bool:
    """Return whether the same transaction may succeed when it runs again."""
    return state(error) in _CONFLICTS


def is_for_all(error: BaseException) -> bool:
    """Return whether other transactions would fare the same, after waiting as long."""
    return state(error) in {*_TOO_LONG, _DISK_FULL}


def state(error: BaseException) -> str | None:
    """Return the SQLSTATE of an error, None for one that has none."""
    found: str | None = getattr(driver_error.original(error), "sqlstate", None)
    return found


def unavailable(error: BaseException) -> Unavailable:
    """Return the error for people, by the SQLSTATE of an error."""
    found = state(error)
    if found in _CONFLICTS | _TOO_LONG:
        return Unavailable(_("The database is busy. Nothing was lost: try again in a moment."))
    if found == _DISK_FULL:
        return Unavailable(
            _("The server's disk is full. Nothing was stored: ask the host to free up space.")
        )
    if found == _TOO_MANY_CONNECTIONS:
        return Unavailable(
            _("The database has too many connections. Nothing was stored: tell the host.")
        )
    return unreachable()


def unreachable() -> Unavailable:
    """Return the error for people when there is no connection."""
    return Unavailable(
        _("The server cannot reach its database. Nothing was stored: tell the host.")
    )


def in_use(address: DatabaseAddress) -> Unavailable:
    """Return the error for the host of a second server."""
    return Unavailable(
        _(
            "Another Simple Chat is using the database {address}. Stop it, or choose another "
            "database with CHAT_DATABASE."
        ).format(address=address)
    )


def unknown() -> Unavailable:
    """Return the error for a write of which PostgreSQL cannot tell whether it is stored."""
    return Unavailable(
        _("The database went away while storing this. Reload to see whether it is there.")
    )


def unusable(error: BaseException) -> Unavailable:
    """Return the error for the host, with what PostgreSQL or the network answered."""
    return Unavailable(
        _(
            "The PostgreSQL database cannot be used ({reason}). Start its server, or correct "
            "CHAT_DATABASE."
        ).format(reason=driver_error.reason(error))
    )
