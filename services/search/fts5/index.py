"""Queries against SQLite's full-text index (FTS5): ids of the matching messages in given rooms.

A rowid in the index is `room_id << 32 | seq` (migration 0003). Entries of a room are adjacent,
so a lookup starts at the end of a room and reads backwards: its cost does not depend on how
common a word is, and nothing is read of rooms that the person is not in.
"""

import heapq
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, text

from services.search.index import Span
from services.search.query import Query, Word

MAX_LOOKUPS = 100
"""Rooms to query one by one. After that, all matches are read in a single query."""
MIN_LOOKUPS = 40
"""Rooms to query before `enough` results end the search."""
MERGE_PAGES = 50
"""Pages that are merged in one write: others' writes wait for about 20 ms."""
INDEXED_PREFIX = 4
"""The longest prefix in the prefix index. FTS5 expands a longer one on every lookup."""

_NEWEST = """
SELECT m.id FROM search CROSS JOIN messages m
ON m.room_id = search.rowid >> 32 AND m.seq = search.rowid & 4294967295
WHERE search MATCH ? AND search.rowid BETWEEN ? AND ? ORDER BY search.rowid DESC LIMIT ?
"""
_ROWIDS = "SELECT rowid FROM search WHERE search MATCH ?"
_IDS = """
SELECT m.id FROM json_each(?) AS entry CROSS JOIN messages m
ON m.room_id = entry.value >> 32 AND m.seq = entry.value & 4294967295
"""
_NEWEST_IDS = _IDS.replace("m.id", "m.room_id, m.id", 1)
_BINARY_SEARCH = """
WITH RECURSIVE halving (room, low, high) AS (
  SELECT value ->> 0, value ->> 1, (value ->> 2) + 1 FROM json_each(:rooms)
  UNION ALL
  SELECT room,
         iif(created_at < :moment, seq + 1, low),
         iif(created_at < :moment, high, seq)
  FROM halving CROSS JOIN messages
  ON room_id = room AND seq = (low + high) / 2
  WHERE low < high
)
SELECT room, low FROM halving WHERE low = high
"""


class Fts5Index:
    """The table `search`, which triggers maintain."""

    def newest(
        self,
        session: Session,
        query: Query,
        author_ids: Sequence[int],
        spans: Sequence[Span],
        limit: int,
        enough: int,
    ) -> list[int]:
        """See `Index.newest`.

        With several terms, FTS5 scans for the next row that has them all, far beyond the room if
        need be, and backwards ten times as slowly. So once a room has fewer than `limit`, all
        matches are read instead, at a cost that does not depend on the terms.
        """
        match = expression(query, author_ids)
        if len(spans) > 1 and any(map(_expands, query.words)):
            return _newest_of_all(session, match, spans, limit)
        found: list[int] = []  # a min-heap of ids: the oldest on top
        for lookups, span in enumerate(sorted(spans, key=lambda each: -each.newest_id)):
            if len(found) == limit and span.newest_id < found[0]:
                break  # nothing in this room is newer, nor in those that follow
            if lookups >= MIN_LOOKUPS and len(found) >= enough:
                break
            if lookups == MAX_LOOKUPS:
                return _newest_of_all(session, match, spans, limit)
            left = limit
            for message_id in _in_room(session, match, span, limit):
                left -= 1
                if len(found) < limit:
                    heapq.heappush(found, message_id)
                elif heapq.heappushpop(found, message_id) == message_id:
                    break
            else:
                if left and len(spans) > 1 and query.has_several_terms:
                    return _newest_of_all(session, match, spans, limit)
        return sorted(found, reverse=True)

    def neighbours(self, session: Session, messages: Iterable[tuple[int, int]]) -> list[int]:
        """See `Index.neighbours`."""
        rowids = [room_id << 32 | seq + step for room_id, seq in messages for step in (-1, 1)]
        return _ids(session, rowids)

    def with_newest(self, session: Session, spans: Sequence[Span]) -> list[Span]:
        """See `Index.with_newest`."""
        rowids = json.dumps([span.room_id << 32 | span.last for span in spans if span.last])
        newest_ids = dict(_connection(session).execute(_NEWEST_IDS, (rowids,)).fetchall())
        return [
            span._replace(newest_id=newest_ids.get(span.room_id, 0))
            for span in spans
            if span.first <= span.last
        ]

    def seqs_at(self, session: Session, spans: Sequence[Span], moment: datetime) -> dict[int, int]:
        """See `Index.seqs_at`."""
        rooms = json.dumps([[span.room_id, span.first, span.last] for span in spans])
        stored_moment = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
        values = {"rooms": rooms, "moment": stored_moment}
        return dict(_connection(session).execute(_BINARY_SEARCH, values).fetchall())

    def erase(self, session: Session, *, begins: bool) -> bool:
        """See `Index.erase`: deleted words are in older parts of the index until it is merged.

        A negative number begins a merge of everything (https://www.sqlite.org/fts5.html,
        section 6.9); the number of changed rows tells whether anything happened.
        """
        connection = session.connection()
        raw = connection.connection.dbapi_connection
        assert raw is not None
        before = raw.total_changes
        connection.execute(
            text("INSERT INTO search (search, rank) VALUES ('merge', :pages)"),
            {"pages": -MERGE_PAGES if begins else MERGE_PAGES},
        )
        return bool(raw.total_changes - before >= 2)


def expression(query: Query, author_ids: Sequence[int]) -> str:
    """Return the FTS5 expression for `query`, with all typed text quoted against injection."""
    words = [_phrase(each) for each in query.words]
    terms = [f"text : ({' AND '.join(words)})"] if words else []
    if query.authors:
        terms.append(f"tags : ({' OR '.join(f'u{user_id}' for user_id in author_ids)})")
    if query.has_link:
        terms.append("tags : link")
    if query.has_file:
        terms.append("tags : file")
    return " AND ".join(terms)


def _phrase(word: Word) -> str:
    return '"{}"{}'.format(" ".join(word.tokens), " *" * word.is_prefix)


def _expands(word: Word) -> bool:
    return word.is_prefix and len(word.tokens[-1]) > INDEXED_PREFIX


def _in_room(session: Session, match: str, span: Span, limit: int) -> Iterator[int]:
    start = span.room_id << 32
    yield from _run(session, _NEWEST, match, start | span.first, start | span.last, limit)


def _newest_of_all(session: Session, match: str, spans: Sequence[Span], limit: int) -> list[int]:
    """Read every match, and return the newest within these spans."""
    by_room = {span.room_id: span for span in spans}
    rowids: defaultdict[int, list[int]] = defaultdict(list)
    for rowid in _run(session, _ROWIDS, match):
        span = by_room.get(rowid >> 32)
        if span is not None and span.first <= rowid & 0xFFFFFFFF <= span.last:
            rowids[rowid >> 32].append(rowid)
    # FTS5 returns them in order, so the newest of a room come last.
    candidates = [rowid for each in rowids.values() for rowid in each[-limit:]]
    return heapq.nlargest(limit, _ids(session, candidates))


def _ids(session: Session, rowids: list[int]) -> list[int]:
    return list(_run(session, _IDS, json.dumps(rowids)))


def _run(session: Session, statement: str, *values: object) -> Iterator[int]:
    for (number,) in _connection(session).execute(statement, values):
        yield number


def _connection(session: Session) -> Any:
    """Return the sqlite3 connection of `session`, in the same transaction.

    A lookup takes 0.05 ms, and a search up to a hundred of them: SQLAlchemy would double that.
    """
    return session.connection().connection.driver_connection
