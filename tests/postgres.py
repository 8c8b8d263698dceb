"""The databases of tests on PostgreSQL: with `CHAT_TEST_DATABASE`, each data folder has one.

    CHAT_TEST_DATABASE=postgresql://user:password@host/postgres pytest tests/services

The user must be allowed to create databases, and for some tests be a superuser. Without the
variable, tests run on SQLite.
"""

import atexit
import hashlib
import os
import shutil
import sqlite3
import time
from collections import deque
from collections.abc import Container, Iterator
from contextlib import closing, contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from sqlalchemy import Engine
from sqlalchemy.dialects.sqlite import pysqlite

from services.core.disk import data_folder
from services.core.network import database_address

SERVER = os.environ.get("CHAT_TEST_DATABASE", "")
"""A database of the server, where others can be created from; empty for SQLite."""
sqlite_only = pytest.mark.skipif(bool(SERVER), reason="about SQLite")
PATIENCE_SECONDS = 10.0
MAX_DONE = 20
"""How many databases wait to be dropped."""
BEGIN = ("SELECT pg_current_xact_id()",)
"""How the statement begins that begins a group of writes."""
_created: set[str] = set()
_done: deque[str] = deque()


def url(folder: Path) -> str:
    """Return the address of the database that belongs to a data folder; empty on SQLite.

    It is created if it is not there.
    """
    if not SERVER:
        return ""
    name = _name(folder)
    if name not in _created:
        _create(name, "template0")
    return urlunsplit(urlsplit(SERVER)._replace(path=f"/{name}"))


def variables(folder: Path) -> dict[str, str]:
    """Return the variables for a chat on a data folder, and on the database that belongs to it."""
    return {"CHAT_DATABASE": url(folder)} if SERVER else {}


def known_variables(folder: Path) -> dict[str, str]:
    """Return the same for a data folder that has a database already; nothing for any other."""
    return variables(folder) if _name(folder) in _created else {}


def copy(template: Path, to: Path) -> None:
    """Copy the database of a data folder for another one, which has none yet."""
    if SERVER and _name(template) in _created:
        _create(_name(to), _name(template))


def copytree(template: Path, to: Path) -> Path:
    """Copy a data folder that no server uses, with its database."""
    shutil.copytree(template, to)
    copy(template, to)
    return to


def drop(folder: Path) -> None:
    """Drop the database of a data folder, if it has one, later: its sessions may be ending."""
    if (name := _name(folder)) in _created:
        _done.append(name)
    if len(_done) > MAX_DONE:
        _drop(_done.popleft())


@contextmanager
def connect(folder: Path) -> Iterator[Any]:
    """Open the database of a data folder, of either kind, as another program; commit at the end.

    Values stand in statements as `?`, as SQLite has it.
    """
    if SERVER:
        import psycopg

        class Asking(psycopg.Connection[Any]):
            def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
                asked = query.replace("%", "%%").replace("?", "%s") if params else query
                return super().execute(asked, params, **options)

        opened: Any = Asking.connect(url(folder))
    else:
        opened = sqlite3.connect(folder / data_folder.DATABASE)
    with closing(opened), opened:
        yield opened


def engine(folder: Path) -> Engine:
    """Return an engine for the database of a data folder, of either kind, beside its server."""
    if not SERVER:
        from services.db.sqlite import connections

        return connections.engine(folder / data_folder.DATABASE, connections=1)
    from services.db.postgres import connections as to_postgres

    address = database_address.parse(url(folder))
    connect = partial(to_postgres.connect_to_write, address, to_postgres.Server.NONE)
    return to_postgres.engine(connect, connections=1)


def let_caches_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have what was read stay in the cache until something is stored, as on SQLite."""
    if SERVER:
        from services.db.postgres import backend

        monkeypatch.setattr(backend, "CACHE_SECONDS", 3600)


def last_transaction(folder: Path) -> int:
    """Return a number that grows with each transaction that may have written something."""
    asked = asking(folder).execute("SELECT pg_snapshot_xmax(pg_current_snapshot())")
    return int(asked.fetchone()[0])


@cache
def asking(folder: Path) -> Any:
    """Return a connection to the database of a data folder that stays open, for what asks often."""
    import psycopg

    return psycopg.connect(url(folder), autocommit=True)


def keep(folder: Path) -> None:
    """Keep all rows of a database for `restore`, in tables beside its own."""
    with connect(folder) as connection:
        connection.execute("CREATE SCHEMA kept")
        for table in _tables(connection):
            connection.execute(f'CREATE TABLE kept."{table}" AS TABLE public."{table}"')
        connection.execute("CREATE TABLE kept_sequences AS SELECT * FROM pg_sequences")


def restore(folder: Path, unchanged: Container[str] = ()) -> None:
    """Give a database the rows that it had at `keep`, in one transaction.

    Tables that are known to be as they were are left alone: there are many, and few change.
    """
    connection = asking(folder)
    # Neither triggers nor foreign keys: it was whole before.
    statements = ["SET LOCAL session_replication_role = replica"]
    for table in _tables(connection):
        if table not in unchanged:
            statements.append(f'DELETE FROM public."{table}"')
            statements.append(f'INSERT INTO public."{table}" TABLE kept."{table}"')
    statements.append(
        "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass,"
        " coalesce(last_value, 1), last_value IS NOT NULL) FROM kept_sequences"
    )
    with connection.transaction():
        connection.execute("; ".join(statements), prepare=False)


def _tables(connection: Any) -> list[str]:
    query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    found = connection.execute(query).fetchall()
    return [name for (name,) in found if name != "kept_sequences"]


def dialects() -> list[type[Any]]:
    """Return what SQLAlchemy has for the databases of the tests."""
    if not SERVER:
        return [pysqlite.dialect]
    from sqlalchemy.dialects.postgresql import psycopg

    return [pysqlite.dialect, psycopg.dialect]


def _drop(name: str) -> None:
    _created.remove(name)
    _execute(f"DROP DATABASE {name} WITH (FORCE)")


def _name(folder: Path) -> str:
    return f"test_{hashlib.sha256(bytes(folder.resolve())).hexdigest()[:20]}"


def _create(name: str, template: str) -> None:
    from psycopg.errors import DuplicateDatabase, ObjectInUse

    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            _execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        except ObjectInUse:  # PostgreSQL is still closing sessions of the template
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
        except DuplicateDatabase:  # another process of the test has made it, and drops it
            return
        else:
            _created.add(name)
            return


_connection: Any = None


def _execute(statement: str) -> None:
    global _connection
    if _connection is None:
        import psycopg

        _connection = psycopg.connect(SERVER, autocommit=True)
    _connection.execute(statement)


@atexit.register
def _drop_all() -> None:
    for name in list(_created):
        _drop(name)
