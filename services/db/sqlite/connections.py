"""Connections to an SQLite file, with the settings that durability relies on."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import QueuePool

from services.core.errors import Unavailable
from services.core.i18n import _

AUTOCHECKPOINT_PAGES = 1000
"""SQLite's default: the size of the write-ahead log after which a commit checkpoints it."""
BUSY_SECONDS = 15
"""How long a statement waits for a lock of another process."""


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
    """Turn errors of the database, with SQLAlchemy or without, into `Unavailable`."""
    try:
        yield
    except (OperationalError, sqlite3.OperationalError) as error:
        raise unavailable(error) from error
    except (DatabaseError, sqlite3.DatabaseError) as error:
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
