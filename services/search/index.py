"""Asking the index of words: which messages of some rooms hold what somebody looks for.

A message's place in the index is its room and its number in one (migration 0003). The places
of a room stand side by side, so a look goes to the end of a room and reads backwards: it costs
the same however often a word is said, and where one may not look nothing is read at all.
"""

import heapq
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlmodel import Session

from services.search.query import Query

MAX_LOOKUPS = 100
"""In so many rooms we look one after the other; who is in more and has not found enough by
then has all the places read in which the words stand."""
FEW_LOOKS = 40
"""In so many rooms we look before being content with what is `enough`."""
INDEXED_PREFIX = 4
"""A longer prefix is gathered from all words that begin with it, at every look."""

_NEWEST = """
SELECT m.id FROM search CROSS JOIN messages m
ON m.room_id = search.rowid >> 32 AND m.seq = search.rowid & 4294967295
WHERE search MATCH ? AND search.rowid BETWEEN ? AND ? ORDER BY search.rowid DESC LIMIT ?
"""
_PLACES = "SELECT rowid FROM search WHERE search MATCH ?"
_IDS = """
SELECT m.id FROM json_each(?) AS place CROSS JOIN messages m
ON m.room_id = place.value >> 32 AND m.seq = place.value & 4294967295
"""
_NEWEST_IDS = _IDS.replace("m.id", "m.room_id, m.id", 1)
_HALVING = """
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


class Span(NamedTuple):
    """Where in a room to look: from one `seq` to another, and the id of the newest there."""

    room_id: int
    first: int
    last: int
    newest_id: int


def expression(query: Query, author_ids: Sequence[int]) -> str:
    """Return what the index is asked for, all that was typed in quotes: it has no say there."""
    words = [
        '"{}"{}'.format(word.text.replace('"', '""'), " *" if word.is_prefix else "")
        for word in query.words
    ]
    asked = [f"text : ({' AND '.join(words)})"] if words else []
    if query.authors:
        asked.append(f"tags : ({' OR '.join(f'u{number}' for number in author_ids)})")
    if query.has_link:
        asked.append("tags : link")
    if query.has_file:
        asked.append("tags : file")
    return " AND ".join(asked)


def newest(
    session: Session, query: Query, match: str, spans: Sequence[Span], most: int, enough: int
) -> list[int]:
    """Return the ids of the newest messages in these rooms that fit, the newest first.

    Who is in very many rooms gets those of the rooms last spoken in, if these are `enough`.

    Where all of several terms must stand, the index looks for the next such place until it has
    found one, however far beyond the room that is, and backwards ten times as slowly. So once a
    room has too few, all places are read, which costs the same for whatever is looked for.
    """
    if len(spans) > 1 and any(w.is_prefix and len(w.text) > INDEXED_PREFIX for w in query.words):
        return _among_all(session, match, spans, most)
    found: list[int] = []  # a heap: the oldest on top
    for looks, span in enumerate(sorted(spans, key=lambda each: -each.newest_id)):
        if len(found) == most and span.newest_id < found[0]:
            break  # nothing in this room is newer, nor in those that follow
        if looks >= FEW_LOOKS and len(found) >= enough:
            break
        if looks == MAX_LOOKUPS:
            return _among_all(session, match, spans, most)
        left = most
        for number in _in_room(session, match, span, most):
            left -= 1
            if len(found) < most:
                heapq.heappush(found, number)
            elif heapq.heappushpop(found, number) == number:
                break
        else:
            if left and len(spans) > 1 and query.has_several_terms:
                return _among_all(session, match, spans, most)
    return sorted(found, reverse=True)


def _in_room(session: Session, match: str, span: Span, most: int) -> Iterator[int]:
    start = span.room_id << 32
    yield from _run(session, _NEWEST, match, start | span.first, start | span.last, most)


def _among_all(session: Session, match: str, spans: Sequence[Span], most: int) -> list[int]:
    """Read every place that fits, and keep those of these rooms."""
    by_room = {span.room_id: span for span in spans}
    places: defaultdict[int, list[int]] = defaultdict(list)
    for place in _run(session, _PLACES, match):
        span = by_room.get(place >> 32)
        if span is not None and span.first <= place & 0xFFFFFFFF <= span.last:
            places[place >> 32].append(place)
    # They come in order, so the newest of a room are its last ones.
    kept = [place for each in places.values() for place in each[-most:]]
    return heapq.nlargest(most, _ids(session, kept))


def neighbours(session: Session, messages: Iterable[tuple[int, int]]) -> list[int]:
    """Return the ids of what stands just before and after messages, given as room and `seq`."""
    places = [room_id << 32 | seq + step for room_id, seq in messages for step in (-1, 1)]
    return _ids(session, places)


def with_newest(session: Session, spans: Sequence[Span]) -> list[Span]:
    """Return the spans that hold a message, with the id of the newest one in each."""
    places = json.dumps([span.room_id << 32 | span.last for span in spans if span.last])
    newest_ids = dict(_connection(session).execute(_NEWEST_IDS, (places,)).fetchall())
    return [
        span._replace(newest_id=newest_ids.get(span.room_id, 0))
        for span in spans
        if span.first <= span.last
    ]


def seqs_at(session: Session, spans: Sequence[Span], moment: datetime) -> dict[int, int]:
    """Return, by room, the first `seq` of a span that is not before `moment`, or one past it.

    Numbers grow with time, so halving finds it: twenty looks in a room of a million messages.
    """
    rooms = json.dumps([[span.room_id, span.first, span.last] for span in spans])
    when = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    found = _connection(session).execute(_HALVING, {"rooms": rooms, "moment": when})
    return dict(found.fetchall())


def _ids(session: Session, places: list[int]) -> list[int]:
    return list(_run(session, _IDS, json.dumps(places)))


def _run(session: Session, statement: str, *values: object) -> Iterator[int]:
    for (number,) in _connection(session).execute(statement, values):
        yield number


def _connection(session: Session) -> Any:
    """Return SQLite's own connection, in the transaction of `session`.

    A look takes a twentieth of a millisecond, and one search may take a hundred of them:
    going through SQLAlchemy would double that.
    """
    return session.connection().connection.driver_connection
