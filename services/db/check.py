"""Examining the database itself: for hosts, and changing nothing. A server may be running."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from services.db import database


class Defect(StrEnum):
    """What can be wrong."""

    PAGES = "pages"
    """What is stored cannot all be read."""
    INDEX = "index"
    """An index disagrees with its table, which is what counts."""
    ROWS = "rows"
    """Rows point to nothing."""
    GAP = "gap"
    """Messages of a room are missing."""
    LAST_SEQ = "last seq"
    """A room does not know its newest message, so that nothing new can be said in it."""
    SEARCH = "search"
    """The index of words is not that of what was said."""


REPAIRABLE = {Defect.INDEX, Defect.LAST_SEQ, Defect.SEARCH}


@dataclass(frozen=True)
class DatabaseFinding:
    """A flaw, and where."""

    flaw: Defect
    what: str = ""
    """The table, or what SQLite says of it."""
    count: int = 0
    room_id: int = 0
    room: str = ""
    """Its name; a direct conversation has none."""


_STALE = re.compile(r"missing from index|entries in index|non-unique entry in index")
# As numbers are given without gaps, as many as the highest says are there.
_ROOMS = """
SELECT r.id, r.name, r.last_seq, count(m.id), coalesce(max(m.seq), 0)
FROM rooms r LEFT JOIN messages m ON m.room_id = r.id
WHERE r.deleted_at IS NULL
GROUP BY r.id
HAVING count(m.id) <> max(r.last_seq, coalesce(max(m.seq), 0))
    OR r.last_seq < coalesce(max(m.seq), 0)
"""
# Every message that is indexed has its author as a tag: a place each. Adding up the places, in
# so far as that stays in 64 bits, tells whether they are the same. All words are gone through,
# so that no page of the index is left out.
_PLACES = "SELECT count(*), coalesce(sum(place % 2147483647), 0) FROM searched"
_INDEXED = """
SELECT count(author), coalesce(sum(author % 2147483647), 0) FROM (
  SELECT iif(col = 'tags' AND term GLOB 'u[0-9]*', doc, NULL) AS author FROM temp.indexed
)
"""


def run(file: Path) -> list[DatabaseFinding]:
    """Return what is wrong with a database. Raises `Unavailable` when it cannot be read at all."""
    engine = database.engine(file, connections=1, read_only=True)
    try:
        with database.reading(file), engine.begin() as connection:
            return [
                found for look in (_pages, _rows, _rooms, _search) for found in look(connection)
            ]
    finally:
        engine.dispose()


def _pages(connection: Connection) -> Iterator[DatabaseFinding]:
    for (said,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if said == "ok" or "fts5" in said.lower():  # which `_search` looks at
            continue
        yield DatabaseFinding(Defect.INDEX if _STALE.search(said) else Defect.PAGES, said)


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
        if indexed != connection.exec_driver_sql(_PLACES).one():
            yield DatabaseFinding(Defect.SEARCH)
    except DatabaseError:
        yield DatabaseFinding(Defect.SEARCH)
