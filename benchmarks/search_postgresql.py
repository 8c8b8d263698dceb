"""How long a search takes among a million messages in PostgreSQL, and what indexing one costs.

It needs `CHAT_TEST_DATABASE`, the address of a database in which it makes a schema of its own. The
rooms, people, words and goals of `benchmarks.search`; but by the clock, as another process works.
"""

import gc
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median, quantiles
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, create_engine, make_url, select, text
from sqlmodel import Session, SQLModel, col

from benchmarks.figures import Figure
from benchmarks.progress import report
from benchmarks.search import (
    COMMON,
    TIMES,
    VOCABULARY,
    Layout,
    kinds,
    messages_of,
    plan,
    vocabulary,
)
from models import Message
from models.clock import now
from services.search import engines
from services.search import query as search_query
from services.search.index import Span
from services.search.tsvector import indexing, schema

GOAL = 150.0
"""Milliseconds that 95 of a hundred searches may take at most."""
PEER = "reading the newest 21 messages with LIKE, without an index"
TABLES = ("users", "rooms", "messages", "attachments")
LIMITS = (21, 200)
"""How many messages a search reads: for a page of the newest ones, and to rank them."""
CHUNK_SIZE = 20_000
"""Messages that are filled in by one transaction."""
GROUP_SIZE = 64
"""Messages that are committed together in the figure of indexing."""
GROUPS = 100
REPEATED = 20
"""How often each kind of search is made."""

_TEXTS = select(col(Message.id), col(Message.text)).where(
    col(Message.id).in_(bindparam("ids", expanding=True))
)


async def measure(*, messages: int) -> list[Figure]:
    """Search as members of different rooms, in Latin and in Chinese."""
    address = os.environ.get("CHAT_TEST_DATABASE")
    if not address:
        report("skipped: CHAT_TEST_DATABASE names no PostgreSQL database")
        return []
    layout = plan(messages)
    figures = []
    for is_chinese in (False, True):
        report("Chinese messages" if is_chinese else "Latin messages")
        with _database(address) as engine:
            report(
                f"filling {len(layout.rooms):,} rooms with {sum(layout.rooms.values()):,} messages"
            )
            _fill(engine, layout, is_chinese=is_chinese)
            figures += _figures(engine, layout, is_chinese=is_chinese)
    return figures


@contextmanager
def _database(address: str) -> Iterator[Engine]:
    """Make a schema with the tables that a search reads; drop it at the end."""
    name = f"benchmark_{secrets.token_hex(8)}"
    url = make_url(address).set(drivername="postgresql+psycopg")
    engine = create_engine(url, connect_args={"options": f"-c search_path={name}"})
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {name}")
            tables = [SQLModel.metadata.tables[each] for each in TABLES]
            SQLModel.metadata.create_all(connection, tables=tables)
            for statement in schema.STATEMENTS:
                connection.exec_driver_sql(statement)
        yield engine
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {name} CASCADE")
        engine.dispose()


# -- the messages --------------------------------------------------------------------------


def _fill(engine: Engine, layout: Layout, *, is_chinese: bool) -> None:
    """Store all messages in the order in which they were sent, as a server would have."""
    rows = sorted(messages_of(layout, is_chinese=is_chinese))
    with engine.begin() as connection:
        _add_people_and_rooms(connection, layout)
    for start in range(0, len(rows), CHUNK_SIZE):
        with engine.begin() as connection:
            _copy(connection, rows[start : start + CHUNK_SIZE])
            indexing.store(connection)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE messages")
        connection.exec_driver_sql("VACUUM ANALYZE search_entries")
    del rows
    gc.collect()


def _add_people_and_rooms(connection: Connection, layout: Layout) -> None:
    people = [
        {
            "id": number,
            "username": f"person{number}",
            "username_key": f"person{number}",
            "skeleton": f"person{number}",
            "display_name": f"Person {number}",
            "password_hash": "",
            "hue": 0,
        }
        for number in range(1, len(layout.members) + 1)
    ]
    rooms = [
        {"id": number, "kind": "private", "name": f"Room {number}", "last_seq": size}
        | {"name_key": f"room {number}"}
        for number, size in layout.rooms.items()
    ]
    for table, values in (("users", people), ("rooms", rooms)):
        connection.execute(SQLModel.metadata.tables[table].insert(), values)


def _copy(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    raw = connection.connection.cursor()
    with raw.copy(
        "COPY messages (id, room_id, seq, author_id, client_message_id, text, created_at, kind,"
        " html_version, is_forwarded, change) FROM STDIN"
    ) as copy:
        for row in rows:
            copy.write_row((*row, "text", 0, False, 0))


# -- searching -----------------------------------------------------------------------------


def _figures(engine: Engine, layout: Layout, *, is_chinese: bool) -> list[Figure]:
    script = "Chinese" if is_chinese else "Latin"
    words = vocabulary(is_chinese=is_chinese)
    with engine.connect() as connection:
        peer = _without_index(connection, words[-1])
        figures = [] if is_chinese else _figures_of_kinds(connection, layout, peer)
        for who, rooms in layout.members.items():
            spans = _spans(connection, layout, rooms)
            report(f"searching {script} words, {who}")
            took = []
            for word in words[:: VOCABULARY // TIMES]:
                _search(connection, word, spans)  # the first reads from the disk
                took.append(_search(connection, word, spans))
            what = f"p95 of a hundred {script} words, {who}"
            figures.append(_figure(what, _quantile(took, 95), peer, GOAL))
        figures.append(_size(connection, script))
    return [*figures, _indexing(engine, layout, script, is_chinese=is_chinese)]


def _figures_of_kinds(connection: Connection, layout: Layout, peer: float) -> list[Figure]:
    asked = kinds()
    del asked["before:"]  # it narrows the spans, before the index is asked
    figures = []
    for who, rooms in layout.members.items():
        spans = _spans(connection, layout, rooms)
        report(f"searching, {who}")
        took = _repeated(connection, COMMON, spans)
        figures.append(_figure(f"p95 of a common word, {who}", took, peer, GOAL))
        if who in ("in 20 rooms", "in 1,000 rooms", "in the busiest room"):
            for what, typed in asked.items():
                took = _repeated(connection, typed, spans)
                figures.append(_figure(f"  {what}, {who}", took, peer, None))
    return figures


def _spans(connection: Connection, layout: Layout, rooms: Sequence[int]) -> list[Span]:
    with Session(connection) as session:
        spans = [Span(room, 1, layout.rooms[room], 0) for room in rooms]
        return engines.of(session).with_newest(session, spans)


def _repeated(connection: Connection, typed: str, spans: Sequence[Span]) -> float:
    _search(connection, typed, spans)
    return _quantile([_search(connection, typed, spans) for _turn in range(REPEATED)], 95)


def _search(connection: Connection, typed: str, spans: Sequence[Span]) -> float:
    """Return how many milliseconds the longer of two searches takes: the newest, and the best.

    Each includes a transaction, and reading what was found.
    """
    query = search_query.read(typed, now().date())
    slowest = 0.0
    for limit in LIMITS:
        begin = time.perf_counter()
        with Session(connection, autoflush=False) as session:
            enough = 21 if limit == 200 else 201
            found = engines.of(session).newest(session, query, [1], spans, limit, enough)
            connection.execute(_TEXTS, {"ids": found}).all()
        slowest = max(slowest, time.perf_counter() - begin)
    connection.rollback()
    return 1e3 * slowest


def _without_index(connection: Connection, word: str) -> float:
    asked = text("SELECT id FROM messages WHERE text LIKE :words ORDER BY id DESC LIMIT 21")
    took = []
    for _turn in range(3):
        begin = time.perf_counter()
        connection.execute(asked, {"words": f"%{word}%"}).all()
        took.append(1e3 * (time.perf_counter() - begin))
    connection.rollback()
    return median(took)


def _quantile(took: Sequence[float], percent: int) -> float:
    return quantiles(took, n=100, method="inclusive")[percent - 1]


def _figure(what: str, took: float, peer: float, goal: float | None) -> Figure:
    return Figure(what, took, peer, "ms", PEER, took / peer, most=goal)


# -- storing -------------------------------------------------------------------------------


def _size(connection: Connection, script: str) -> Figure:
    """Compare the table and its index with the messages themselves."""
    size = "SELECT pg_total_relation_size(CAST(:name AS regclass)) / 1e6"
    ours, peer = (
        float(connection.scalar(text(size), {"name": name}) or 0)
        for name in ("search_entries", "messages")
    )
    connection.rollback()
    return Figure(f"index of {script} texts", ours, peer, "MB", "the messages", ours / peer)


def _indexing(engine: Engine, layout: Layout, script: str, *, is_chinese: bool) -> Figure:
    """Send more messages in groups, and compare with groups that nobody indexes."""
    room, last = next(iter(layout.rooms.items()))
    sample = [
        row
        for _at, row in zip(
            range(GROUP_SIZE * GROUPS), messages_of(layout, is_chinese=is_chinese), strict=False
        )
    ]
    first_id = sum(layout.rooms.values()) + 1
    took: dict[bool, float] = {}
    for is_indexed in (False, True):
        begin = time.perf_counter()
        for start in range(0, len(sample), GROUP_SIZE):
            group = [
                (first_id + at, room, last + 1 + at, row[3], f"more-{first_id + at}", *row[5:])
                for at, row in enumerate(sample[start : start + GROUP_SIZE])
            ]
            first_id, last = first_id + len(group), last + len(group)
            with engine.begin() as connection:
                _copy(connection, group)
                if is_indexed:
                    indexing.store(connection)
        took[is_indexed] = 1e3 * (time.perf_counter() - begin) / GROUPS
    what = f"{GROUP_SIZE} {script} messages in one commit"
    ratio = took[True] / took[False]
    return Figure(what, took[True], took[False], "ms", "the same, not indexed", ratio)
