"""SQLite's index has what Python looks for, and is asked in the way that costs least."""

import os
import unicodedata
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select, text

from models import Message
from services.db import database
from services.rooms import rooms
from services.search import words
from services.search.fts5 import index
from tests.services.search.test_search import KNOWN, PIECES, found, say

pytestmark = pytest.mark.skipif("CHAT_TEST_DATABASE" in os.environ, reason="about SQLite")


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(said=st.lists(st.sampled_from(PIECES) | st.sampled_from(KNOWN), max_size=150).map("".join))
async def test_the_index_has_the_words_that_are_looked_for(people, monkeypatch, said: str) -> None:
    """What SQL makes of a text is what Python makes of it, to the last word."""
    said = unicodedata.normalize("NFC", said).strip()

    def indexed(session: Session) -> list[str]:
        raw = session.connection().connection.driver_connection
        raw.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.terms USING fts5vocab(main, search, instance)"
        )
        raw.execute("UPDATE messages SET text = ? WHERE seq = 1", (said,))
        terms = "SELECT term FROM temp.terms WHERE col = 'text' ORDER BY doc, offset"
        return [term for (term,) in raw.execute(terms)]

    monkeypatch.setattr(
        "services.core.limits.rate_limits.RateLimit.consume", lambda *_key, **_wider: None
    )
    if not await database.read(lambda session: session.exec(select(Message.id)).first()):
        await say(people.asha, people.room, "first")
    assert await database.write(indexed) == words.words(said)


async def test_several_terms_query_one_room_then_all_at_once(people, monkeypatch) -> None:
    """FTS5 would scan far beyond a room that has too few matches."""
    others = [await rooms.create(people.asha, name=f"R{n}", topic="", private=True) for n in "123"]
    for room in others:
        await say(people.asha, room, f"black tea {room}", f"only tea {room}")
    lookups = count()
    in_room = index._in_room
    monkeypatch.setattr(index, "_in_room", lambda *args: (next(lookups), in_room(*args))[1])
    wanted = [f"black tea {room}" for room in reversed(others)]
    for typed in ("tea black", '"black tea"', "black from:asha"):
        assert await found(people.asha, typed) == wanted
    assert next(lookups) == 3
    assert len(await found(people.asha, "tea")) == 6


async def test_every_message_is_indexed_once_under_its_rowid(app_settings, people) -> None:
    await say(people.asha, people.room, "one", "two")

    def rowids(session: Session) -> tuple[set[int], set[int]]:
        indexed = session.exec(text("SELECT rowid FROM search WHERE search MATCH 'tags:u1'"))
        stored = session.exec(select(Message.room_id, Message.seq))
        return {row[0] for row in indexed}, {room << 32 | seq for room, seq in stored}

    indexed, stored = await database.read(rowids)
    assert indexed == stored
