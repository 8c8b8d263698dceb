"""A whole chat in SQLite: read as it is at one moment, or stored in a new file."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlmodel import SQLModel

from services.core.disk import durable
from services.db.sqlite import connections, migrate

CACHE_KIB = 64 * 1024
"""How much of a new file is kept in memory: rows go to many places in its indexes."""


@contextmanager
def reading(file: Path) -> Iterator[Connection]:
    """Open a transaction that reads. What is no UTF-8 is read with lone surrogates in its place."""
    made = connections.engine(file, connections=1, read_only=True)
    event.listen(made, "connect", _read_any_text)
    try:
        with made.begin() as connection:
            yield connection
    finally:
        made.dispose()


@contextmanager
def building(file: Path, check: Callable[[Connection], None]) -> Iterator[Connection]:
    """Open a transaction in a new file, with the tables, and without their triggers.

    At the end of the block `check` looks at it, and it is committed to one file, on the disk. After
    an error the file is of no use.
    """
    file.touch(mode=0o600)
    migrate.prepare(file, check)
    made = connections.engine(file, connections=1)
    event.listen(made, "connect", _write_fast)
    try:
        with made.begin() as connection:
            triggers = _triggers(connection)
            for name in triggers:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
            for each in reversed(SQLModel.metadata.sorted_tables):
                connection.execute(each.delete())  # the first rows of a new chat
            yield connection
            for statement in triggers.values():
                connection.exec_driver_sql(statement)
            check(connection)
    finally:
        made.dispose()
    durable.flush(file)


def _triggers(connection: Connection) -> dict[str, str]:
    """Return the statements that create the triggers, by name."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    return {row.name: row.sql for row in connection.exec_driver_sql(query)}


def _read_any_text(connection: sqlite3.Connection, _record: Any) -> None:
    connection.text_factory = lambda raw: raw.decode(errors="surrogateescape")


def _write_fast(connection: sqlite3.Connection, _record: Any) -> None:
    """Do without what protects a file from crashes: nobody else has this one yet."""
    connection.execute("PRAGMA journal_mode = DELETE")  # a single file, without a log
    connection.execute("PRAGMA synchronous = OFF")  # it is flushed once, at the end
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
