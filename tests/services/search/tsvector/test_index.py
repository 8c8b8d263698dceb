"""PostgreSQL finds what SQLite finds, in every script, and forgets what is deleted."""

import unicodedata
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec import Struct
from sqlalchemy import Connection, Engine, delete, event, func, select, text, update
from sqlmodel import Session, col

from models import Attachment, Message
from models.clock import now
from services.core.errors import ServiceError
from services.search import engines
from services.search import query as search_query
from services.search.index import Span
from services.search.tsvector import indexing, lexemes
from tests.services.search.test_search import ALIKE, KNOWN, PIECES, SENTENCES
from tests.services.search.tsvector.conftest import PEOPLE, ROOMS, emptied

LINK = '<p><a href="https://example.org/">this</a></p>'


class Said(Struct, frozen=True):
    """A message to store."""

    text: str
    file_name: str = ""
    room: int = 1
    author: int = 1
    has_link: bool = False


def store(connection: Connection, said: Sequence[Said]) -> list[Span]:
    """Store messages, whose ids begin at 1; return the spans to search."""
    seqs = dict.fromkeys(ROOMS, 0)
    newest = dict.fromkeys(ROOMS, 0)
    for number, each in enumerate(said, 1):
        seqs[each.room] += 1
        newest[each.room] = number
        message = {
            "id": number,
            "room_id": each.room,
            "seq": seqs[each.room],
            "author_id": each.author,
            "client_message_id": f"message-{number}",
            "kind": "text",
            "text": each.text,
            "html": LINK if each.has_link else None,
            "created_at": now(),
        }
        connection.execute(Message.__table__.insert(), message)
        if each.file_name:
            connection.execute(Attachment.__table__.insert(), attachment(number, each.file_name))
    if connection.dialect.name == "postgresql":
        indexing.store(connection)
    return [Span(room, 1, seqs[room], newest[room]) for room in ROOMS if seqs[room]]


def attachment(message_id: int, name: str) -> dict[str, object]:
    return {
        "message_id": message_id,
        "user_id": 1,
        "hash": "0" * 64,
        "name": name,
        "size": 1,
        "kind": "other",
        "media_type": "application/octet-stream",
    }


def find(connection: Connection, typed: str, spans: Sequence[Span], limit: int = 21) -> list[int]:
    """Return the ids of what is found, newest first."""
    query = search_query.read(typed, now().date())
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        index = engines.of(session)
        return index.newest(session, query, PEOPLE[:1], spans, limit, 201)


def compare(sqlite: Engine, postgres: Engine, said: Sequence[Said], asked: Iterable[str]) -> int:
    """Search the same messages in both databases; return how often anything was found."""
    hits = 0
    with emptied(sqlite) as ours, emptied(postgres) as others:
        spans = store(ours, said)
        assert store(others, said) == spans
        for typed in asked:
            found = find(ours, typed, spans)
            assert find(others, typed, spans) == found, (typed, said)
            hits += bool(found)
    return hits


def readable(typed: str) -> bool:
    """Return whether a search may be asked for and uses the index."""
    try:
        return search_query.read(typed, now().date()).uses_index
    except ServiceError:
        return False


TEXT = st.lists(st.sampled_from(PIECES) | st.sampled_from(KNOWN), max_size=40).map(
    lambda pieces: unicodedata.normalize("NFC", "".join(pieces)).strip()
)
LATIN = st.lists(st.sampled_from(["a", "ab", "abc", "b", "ba", "the"]), max_size=12).map(" ".join)
SAID = st.builds(
    Said,
    TEXT | LATIN,
    st.just("") | LATIN | TEXT,
    st.sampled_from(ROOMS),
    st.sampled_from(PEOPLE),
    st.booleans(),
)

SHAPES = ["{}", '"{}"', '"{}"*', "{}*", "{} a", "{} from:@x", "has:link", "has:file", "from:@x"]


@st.composite
def searches(draw: st.DrawFn, said: Sequence[Said]) -> str:
    """Draw what somebody may type: mostly a part of what was said."""
    whole = draw(st.sampled_from([each.text or each.file_name or "a" for each in said]))
    start = draw(st.integers(0, len(whole)))
    part = whole[start : start + draw(st.integers(1, 12))].replace('"', "")
    part = draw(st.sampled_from([part, part, draw(LATIN), draw(TEXT)[:20]]))
    shape = draw(st.sampled_from(SHAPES))
    return shape.format(part)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.parametrize("bits", [1, 12])
def test_both_indexes_find_the_same(
    sqlite: Engine, postgres: Engine, monkeypatch, data: st.DataObject, bits: int
) -> None:
    monkeypatch.setattr(lexemes, "SEGMENT_BITS", bits)
    said = data.draw(st.lists(SAID, min_size=1, max_size=12))
    asked = [each for each in data.draw(st.lists(searches(said), max_size=8)) if readable(each)]
    assume(asked)
    compare(sqlite, postgres, said, asked)


def test_both_find_words_in_every_script(sqlite: Engine, postgres: Engine) -> None:
    for each, typed, *_marked in [*SENTENCES, *ALIKE]:
        said = unicodedata.normalize("NFC", each)
        assert compare(sqlite, postgres, [Said("something else"), Said(said)], [typed]) == 1
        assert compare(sqlite, postgres, [Said("", said)], [typed]) == 1


def test_words_and_texts_of_any_length_are_found(sqlite: Engine, postgres: Engine) -> None:
    long = "x" * 3000
    said = [Said(long), Said(f"{long}y"), Said("a b " * 900 + "c"), Said("的" * 3999 + "会")]
    said += [Said("㍿" * 4000, "plan.bin"), Said("ﷺ" * 4000), Said("𐐨" * 600)]
    asked = ["x" * 299 + "*", "x" * 300, "c", '"b c"', '"a b a"', "的会", "式会", "社株", "plan"]
    asked += ["𐐨" * 250 + "*", "𐐨" * 300, "صلى"]
    assert compare(sqlite, postgres, said, asked) >= 9


def test_a_long_word_is_found_as_a_whole(postgres: Engine) -> None:
    """Nobody can type it, but what is found must not depend on that."""
    with emptied(postgres) as connection:
        spans = store(connection, [Said("𐐨" * 600), Said("𐐨" * 601)])
        for length, expected in ((600, [1]), (601, [2]), (602, [])):
            query = search_query.Query(words=[search_query.Word(["𐐨" * length])])
            with Session(connection) as session:
                found = engines.of(session).newest(session, query, (), spans, 21, 21)
            assert found == expected


@pytest.mark.parametrize("limit", [1, 3, 21])
def test_the_newest_come_first(
    sqlite: Engine, postgres: Engine, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    """Over many segments of rooms that were written in by turns."""
    monkeypatch.setattr(lexemes, "SEGMENT_BITS", 2)
    said = [
        Said(f"tea {'black' if number % 7 == 0 else 'green'}", room=ROOMS[number % 5 == 0])
        for number in range(150)
    ]
    with emptied(sqlite) as ours, emptied(postgres) as others:
        spans = store(ours, said)
        store(others, said)
        narrow = [span._replace(first=6, last=span.last - 6) for span in spans]
        for typed in ("tea", "tea black", '"tea black"', "bla*", "coffee"):
            for searched in (spans, spans[:1], narrow):
                found = find(others, typed, searched, limit)
                assert found == find(ours, typed, searched, limit)
                assert found == sorted(found, reverse=True)


def test_what_else_a_search_asks_is_answered_alike(sqlite: Engine, postgres: Engine) -> None:
    said = [Said("tea", room=ROOMS[number % 3 == 0]) for number in range(20)]
    with emptied(sqlite) as ours, emptied(postgres) as others:
        spans = store(ours, said)
        store(others, said)
        between = ours.execute(select(Message.created_at).where(col(Message.id) == 11)).scalar_one()
        others.execute(update(Message).where(col(Message.id) >= 11).values(created_at=between))
        others.execute(update(Message).where(col(Message.id) < 11).values(created_at=LONG_AGO))
        answers = []
        for connection in (ours, others):
            with Session(connection, join_transaction_mode="create_savepoint") as session:
                index = engines.of(session)
                answers.append(
                    (
                        index.seqs_at(session, spans, between),
                        index.seqs_at(session, spans, now()),
                        index.with_newest(session, [spans[0], Span(2, 3, 2, 0)]),
                        index.with_newest(session, [spans[1]._replace(newest_id=0)]),
                        sorted(index.neighbours(session, [(1, 1), (2, 3), (2, 99)])),
                    )
                )
        assert answers[0] == answers[1]
        assert answers[0][0] == {1: 7, 2: 5}


LONG_AGO = now().replace(year=2020)


def entries(connection: Connection) -> dict[int, str]:
    """Return what is in the index for each message."""
    rows = connection.execute(text("SELECT message_id, lexemes FROM search_entries"))
    return {message_id: str(found) for message_id, found in rows}


def test_the_index_follows_every_change(postgres: Engine) -> None:
    with emptied(postgres) as connection:
        spans = store(connection, [Said("the harvest"), Said("winter"), Said("", "plan.bin")])
        assert [find(connection, each, spans) for each in ("harvest", "winter", "plan")] == [
            [1], [2], [3],
        ]  # fmt: skip
        messages, first = update(Message), col(Message.id) == 1
        connection.execute(messages.where(first).values(text="the spring"))
        assert find(connection, "harvest", spans) == []  # even before it is indexed
        indexing.store(connection)
        assert find(connection, "spring", spans) == [1]
        connection.execute(messages.where(first).values(html=LINK))
        indexing.store(connection)
        assert find(connection, "has:link spring", spans) == [1]
        connection.execute(delete(Attachment))
        connection.execute(messages.where(col(Message.id) == 2).values(text=""))
        indexing.store(connection)
        assert list(entries(connection)) == [1]
        connection.execute(delete(Message))
        assert entries(connection) == {}


def test_a_reaction_does_not_write_the_words_again(postgres: Engine) -> None:
    with emptied(postgres) as connection:
        store(connection, [Said("the harvest")])
        connection.execute(select(func.set_config("chat.unindexed", "", True)))
        where = text("SELECT ctid FROM search_entries")
        before = connection.execute(where).all()
        connection.execute(update(Message).values(change=1, html="<p>the harvest</p>"))
        indexing.store(connection)
        assert connection.execute(where).all() == before


def test_commits_index_what_they_store_and_nothing_else(postgres: Engine) -> None:
    event.listen(postgres, "commit", indexing.store)
    try:
        with postgres.begin() as connection:
            insert(connection, 1, "kept")
            with connection.begin_nested() as savepoint:
                insert(connection, 2, "undone")
                savepoint.rollback()
        with postgres.connect() as connection:
            insert(connection, 3, "not stored")
            connection.rollback()
        with postgres.begin() as connection:
            assert list(entries(connection)) == [1]
            assert connection.execute(indexed_now()).scalar_one() in (None, "")
            connection.execute(delete(Message))
    finally:
        event.remove(postgres, "commit", indexing.store)


def test_what_is_missing_is_filled_in(postgres: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "CHUNK_SIZE", 4)
    with emptied(postgres) as connection:
        spans = store(connection, [Said(f"tea {number}") for number in range(10)])
        expected = entries(connection)
        connection.execute(text("DELETE FROM search_entries WHERE message_id <> 5"))
        connection.execute(text("UPDATE messages SET text = '' WHERE id = 7"))
        del expected[7]
        last, starts = 0, []
        while first := indexing.first_missing(connection, last):
            starts.append(first)
            last = indexing.fill(connection, first)
        assert (entries(connection), starts) == (expected, [1, 6, 10])
        assert find(connection, "tea", spans) == [10, 9, 8, 6, 5, 4, 3, 2, 1]


def insert(connection: Connection, number: int, said: str) -> None:
    connection.execute(
        Message.__table__.insert(),
        {"id": number, "room_id": 1, "seq": number, "author_id": 1, "kind": "text", "text": said,
         "client_message_id": f"message-{number}", "created_at": now()},
    )  # fmt: skip


def indexed_now() -> "select[tuple[str]]":
    return select(func.current_setting("chat.unindexed", True))
