"""Check the database for defects, read-only. A server may be running."""

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from services.db.sqlite import connections


class Defect(StrEnum):
    """A kind of defect."""

    PAGES = "pages"
    """Parts of the file cannot be read."""
    INDEX = "index"
    """An index differs from its table. The table is right."""
    ROWS = "rows"
    """Rows violate foreign keys."""
    GAP = "gap"
    """Messages of a room are missing."""
    LAST_SEQ = "last seq"
    """`last_seq` of a room is too low, so that new messages cannot be stored."""
    SEARCH = "search"
    """The full-text index differs from the messages."""


REPAIRABLE = {Defect.INDEX, Defect.LAST_SEQ, Defect.SEARCH}


class DatabaseFinding(Struct, frozen=True):
    """A defect, and where it is."""

    defect: Defect
    detail: str = ""
    """The table, or the message of SQLite."""
    count: int = 0
    room_id: int = 0
    room: str = ""
    """The name of the room; empty for a direct conversation."""


_STALE = re.compile(r"missing from index|entries in index|non-unique entry in index")
# `seq` has no gaps, so a room has as many messages as the highest one says.
_ROOMS = """
SELECT r.id, r.name, r.last_seq, count(m.id), coalesce(max(m.seq), 0)
FROM rooms r LEFT JOIN messages m ON m.room_id = r.id
WHERE r.deleted_at IS NULL
GROUP BY r.id
HAVING count(m.id) <> max(r.last_seq, coalesce(max(m.seq), 0))
    OR r.last_seq < coalesce(max(m.seq), 0)
"""
# Every indexed message has one tag for its author. So comparing the count and sum of their
# rowids (modulo a prime, to stay within 64 bits) with those of the messages shows a difference.
# Reading all terms also reads every page of the index.
_EXPECTED = "SELECT count(*), coalesce(sum(place % 2147483647), 0) FROM searched"
_INDEXED = """
SELECT count(author), coalesce(sum(author % 2147483647), 0) FROM (
  SELECT iif(col = 'tags' AND term GLOB 'u[0-9]*', doc, NULL) AS author FROM temp.indexed
)
"""


def run(file: Path) -> list[DatabaseFinding]:
    """Return all defects of a database. Raises `Unavailable` when it cannot be read at all."""
    engine = connections.engine(file, connections=1, read_only=True)
    try:
        with connections.reading(file), engine.begin() as connection:
            return [
                found for check in (_pages, _rows, _rooms, _search) for found in check(connection)
            ]
    finally:
        engine.dispose()


def _pages(connection: Connection) -> Iterator[DatabaseFinding]:
    for (message,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if message == "ok" or "fts5" in message.lower():  # `_search` checks that
            continue
        yield DatabaseFinding(Defect.INDEX if _STALE.search(message) else Defect.PAGES, message)


def _rows(connection: Connection) -> Iterator[DatabaseFinding]:
    counts: dict[str, int] = {}
    for table, *_where in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        counts[table] = counts.get(table, 0) + 1
    for table, count in sorted(counts.items()):
        yield DatabaseFinding(Defect.ROWS, table, count)


def _rooms(connection: Connection) -> Iterator[DatabaseFinding]:
    for room_id, name, last_seq, count, newest in connection.exec_driver_sql(_ROOMS):
        if missing := max(last_seq, newest) - count:
            yield DatabaseFinding(Defect.GAP, count=missing, room_id=room_id, room=name)
        if last_seq < newest:
            yield DatabaseFinding(Defect.LAST_SEQ, room_id=room_id, room=name)


def _search(connection: Connection) -> Iterator[DatabaseFinding]:
    try:
        connection.exec_driver_sql(
            "CREATE VIRTUAL TABLE temp.indexed USING fts5vocab(main, search, instance)"
        )
        indexed = connection.exec_driver_sql(_INDEXED).one()
        if indexed != connection.exec_driver_sql(_EXPECTED).one():
            yield DatabaseFinding(Defect.SEARCH)
    except DatabaseError:
        yield DatabaseFinding(Defect.SEARCH)
