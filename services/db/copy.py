"""Copying a database as it is at one moment, whatever is written to it meanwhile."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from services.core import durable
from services.db.database import connect

CHUNK_SIZE = 1000
"""How many pages are copied between two rests."""


def copy(file: Path, to: Path, *, rest: Callable[[], None] | None = None) -> None:
    """Copy a database to a file that is to be there alone, for its owner's eyes only.

    The source is read in one transaction. Without that SQLite begins anew after every write
    of somebody else, and would never be ready while people talk; with it, it sees one moment,
    and in WAL mode holds up nobody who writes.
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
        target.execute("PRAGMA journal_mode = DELETE")  # one file, and nothing beside it
    durable.flush(to)
