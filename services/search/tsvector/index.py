"""Queries against PostgreSQL's full-text index: ids of the matching messages in given rooms.

A GIN index knows no order: it yields all that matches. So rooms are searched by segments, the
newest first, each with a bounded number of messages: see `services.search.tsvector.lexemes`. The
cost does not depend on how common a word is, and nothing is read of rooms that the person is not
in.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, text
from sqlmodel import Session

from models.clock import UtcDateTime
from services.search.index import Span
from services.search.query import Query
from services.search.tsvector import lexemes

FIRST_BATCH = 2
"""Segments in the first lookup; each further one has twice as many."""
MIN_LOOKUPS = 40
"""Segments to search before `enough` results end the search."""

# Compiling the query would take longer than all lookups, and reading a small table from end to end
# for each of them as well.
_QUICKLY = "SELECT set_config('jit', 'off', true), set_config('enable_seqscan', 'off', true)"
# OFFSET keeps the planner from turning the loop inside out, and from reading the expression anew
# for each message.
_LOOKUP = f"""
SELECT asked.at, found.message_id
FROM (
  SELECT at, first, last, CAST(replace(%s, '{lexemes.PLACE}', place) AS tsquery) AS expression
  FROM unnest(CAST(%s AS text[]), CAST(%s AS bigint[]), CAST(%s AS bigint[]))
    WITH ORDINALITY AS segments (place, first, last, at)
  OFFSET 0
) AS asked
CROSS JOIN LATERAL (
  SELECT message_id FROM search_entries
  WHERE lexemes @@ asked.expression AND seq BETWEEN asked.first AND asked.last
  OFFSET 0
) AS found
LIMIT %s
"""  # noqa: S608 (only a constant)
_IDS = """
SELECT asked.room_id, asked.seq, found.id
FROM unnest(CAST(%s AS bigint[]), CAST(%s AS bigint[])) AS asked (room_id, seq)
CROSS JOIN LATERAL (
  SELECT id FROM messages m WHERE m.room_id = asked.room_id AND m.seq = asked.seq OFFSET 0
) AS found
"""
_BINARY_SEARCH = text("""
WITH RECURSIVE halving (room_id, low, high) AS (
  SELECT asked.room_id, asked.first, asked.last + 1
  FROM unnest(CAST(:rooms AS bigint[]), CAST(:firsts AS bigint[]), CAST(:lasts AS bigint[]))
    AS asked (room_id, first, last)
  UNION ALL
  SELECT halving.room_id,
         CASE WHEN m.created_at < :moment THEN m.seq + 1 ELSE low END,
         CASE WHEN m.created_at < :moment THEN high ELSE m.seq END
  FROM halving JOIN messages m
  ON m.room_id = halving.room_id AND m.seq = (low + high) / 2
  WHERE low < high
)
SELECT room_id, low FROM halving WHERE low = high
""").bindparams(bindparam("moment", type_=UtcDateTime()))


class _Segment(NamedTuple):
    """A part of a room, and the id of its newest message."""

    newest_id: int
    place: str
    first: int
    last: int


class TsvectorIndex:
    """The table `search_entries`: see `services.search.tsvector.schema`."""

    def newest(
        self,
        session: Session,
        query: Query,
        author_ids: Sequence[int],
        spans: Sequence[Span],
        limit: int,
        enough: int,
    ) -> list[int]:
        """See `Index.newest`."""
        connection = _connection(session)
        connection.execute(_QUICKLY)
        expression = lexemes.expression(query, author_ids)
        segments = _segments(connection, spans)
        found: list[int] = []
        at, size = 0, FIRST_BATCH
        while at < len(segments):
            if len(found) == limit and segments[at].newest_id < found[-1]:
                break  # nothing in this segment is newer, nor in those that follow
            if at >= MIN_LOOKUPS and len(found) >= enough:
                break
            more, count = _look_up(connection, expression, segments[at : at + size])
            found = heapq.nlargest(limit, found + more)
            at, size = at + count, 2 * size
        return found

    def neighbours(self, session: Session, messages: Iterable[tuple[int, int]]) -> list[int]:
        """See `Index.neighbours`."""
        places = [(room_id, seq + step) for room_id, seq in messages for step in (-1, 1)]
        return list(_ids(_connection(session), places).values())

    def with_newest(self, session: Session, spans: Sequence[Span]) -> list[Span]:
        """See `Index.with_newest`."""
        filled = [span for span in spans if span.first <= span.last]
        ids = _ids(_connection(session), [(span.room_id, span.last) for span in filled])
        return [span._replace(newest_id=ids.get((span.room_id, span.last), 0)) for span in filled]

    def seqs_at(self, session: Session, spans: Sequence[Span], moment: datetime) -> dict[int, int]:
        """See `Index.seqs_at`."""
        values = {
            "rooms": [span.room_id for span in spans],
            "firsts": [span.first for span in spans],
            "lasts": [span.last for span in spans],
            "moment": moment,
        }
        rows = session.connection().execute(_BINARY_SEARCH, values)
        return {row.room_id: row.low for row in rows}

    def erase(self, session: Session, *, begins: bool) -> bool:
        """See `Index.erase`: there is nothing to do, entries are deleted with what they are of.

        What remains of them in the files, VACUUM and REINDEX remove, which no transaction may run.
        """
        return False


def _segments(connection: Any, spans: Sequence[Span]) -> list[_Segment]:
    """Return the segments of all spans, those with the newest messages first."""
    parts = [part for span in spans for part in _parts(span)]
    ends = [(span.room_id, last) for span, _first, last in parts if last < span.last]
    ids = _ids(connection, ends) if ends else {}
    segments = [
        _Segment(
            ids.get((span.room_id, last), span.newest_id),
            lexemes.place(span.room_id, last >> lexemes.SEGMENT_BITS),
            first,
            last,
        )
        for span, first, last in parts
    ]
    return sorted(segments, key=lambda each: (-each.newest_id, -each.last))


def _parts(span: Span) -> Iterator[tuple[Span, int, int]]:
    """Yield the first and last `seq` of each segment of a span."""
    bits = lexemes.SEGMENT_BITS
    for segment in range(span.first >> bits, (span.last >> bits) + 1):
        start, end = segment << bits, (segment + 1) << bits
        yield span, max(span.first, start), min(span.last, end - 1)


def _look_up(
    connection: Any, expression: str, segments: Sequence[_Segment]
) -> tuple[list[int], int]:
    """Return the matches in the first of these segments, and how many segments those are.

    It reads no more than two segments may have, so that at least one is whole.
    """
    most = 2 << lexemes.SEGMENT_BITS
    _ids_of, places, firsts, lasts = map(list, zip(*segments, strict=True))
    values = (expression, places, firsts, lasts, most)
    rows = connection.execute(_LOOKUP, values).fetchall()
    count = len(segments) if len(rows) < most else rows[-1][0] - 1
    return [message_id for at, message_id in rows if at <= count], count


def _ids(connection: Any, places: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Return the id of the message at each (room_id, seq)."""
    values = ([room_id for room_id, _seq in places], [seq for _room_id, seq in places])
    rows = connection.execute(_IDS, values)
    return {(room_id, seq): message_id for room_id, seq, message_id in rows}


def _connection(session: Session) -> Any:
    """Return psycopg's connection of `session`, in the same transaction.

    Through SQLAlchemy, a lookup would take twice as long.
    """
    return session.connection().connection.driver_connection
