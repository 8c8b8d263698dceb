"""Copy a database while others write to it."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from services.core.disk import durable
from services.db.sqlite.connections import connect

CHUNK_SIZE = 1000
"""Pages per step; `rest` is called between two steps."""


def copy(file: Path, to: Path, *, rest: Callable[[], None] | None = None) -> None:
    """Copy a database to the file `to`, replacing it, readable only by its owner.

    The source is read in one transaction: a snapshot, which in WAL mode blocks no writer. Without
    it, SQLite restarts the backup after every write of another connection, and would never finish.
    """
    to.unlink(missing_ok=True)
    to.touch(mode=0o600)
    with (
        closing(connect(file, read_only=True)) as source,
        closing(sqlite3.connect(to, isolation_level=None)) as target,
    ):
        target.execute("PRAGMA synchronous = OFF")  # it is flushed once, at the end
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        source.backup(
            target, pages=CHUNK_SIZE, progress=(lambda *_counts: rest()) if rest else None
        )
        target.execute("PRAGMA journal_mode = DELETE")  # a single file, without a log
    durable.flush(to)
