"""What several processes need besides themselves: a database of PostgreSQL's, and Redis."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

from benchmarks.servers import Server

ADDRESS = "CHAT_TEST_DATABASE"
"""The variable that names a database of a PostgreSQL server whose superuser we are."""
REDIS = "redis-server"


def missing_postgres(*, flushes: bool = True) -> str:
    """Return why there is nothing to measure on PostgreSQL, or nothing.

    With `flushes` it must flush to the disk at each commit, as SQLite does here.
    """
    address = os.environ.get(ADDRESS, "")
    if not address:
        return f"{ADDRESS} names no server"
    try:
        import psycopg
    except ModuleNotFoundError:
        return "psycopg is not installed"
    if not flushes:
        return ""
    with psycopg.connect(address) as server:
        does = server.execute("SHOW fsync").fetchall() == [("on",)]
    return "" if does else "the server does not flush to the disk (fsync is off)"


def missing_redis() -> str:
    """Return why there is no Redis, or nothing."""
    try:
        import redis  # noqa: F401
    except ModuleNotFoundError:
        return "redis is not installed"
    return "" if shutil.which(REDIS) else f"{REDIS} is not installed"


@contextmanager
def database() -> Iterator[str]:
    """Create an empty database, and return its address; drop it at the end."""
    import psycopg

    address = os.environ[ADDRESS]
    name = f"benchmark_{secrets.token_hex(8)}"
    with psycopg.connect(address, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
        try:
            yield urlunsplit(urlsplit(address)._replace(path=f"/{name}"))
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def redis() -> Iterator[Server]:
    """Run a Redis of our own that stores nothing."""
    with (
        tempfile.TemporaryDirectory(prefix="simple-chat-redis-") as folder,
        Server(
            *(REDIS, "--port", "{port}", "--bind", "127.0.0.1"),
            *("--save", "", "--appendonly", "no", "--dir", folder),
        ) as server,
    ):
        yield server


def bus(server: Server) -> str:
    """Return the address of a Redis for CHAT_BUS."""
    return f"redis://127.0.0.1:{server.port}"
