"""A start indexes in the background what is missing."""

import asyncio

import pytest
from sqlmodel import text

from services import lifecycle
from services.core.settings import Settings
from services.db import database
from services.messages import messages
from services.search.tsvector import filling, indexing
from tests import postgres
from tests.conftest import People
from tests.services.search.indexed import index_differs, indexed_words

pytestmark = pytest.mark.skipif(not postgres.SERVER, reason="needs CHAT_TEST_DATABASE")


async def test_a_start_indexes_what_is_missing(
    people: People, app_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "CHUNK_SIZE", 2)
    for number in range(5):
        await messages.send(people.asha, people.room, f"harvest{number}", f"harvest-{number}")
    emptied = text("DELETE FROM search_entries")
    await database.write(lambda session: session.connection().execute(emptied))
    assert "harvest3" not in await indexed_words()
    await lifecycle.shutdown()
    await lifecycle.startup(app_settings)
    async with asyncio.timeout(10):
        while "harvest4" not in await indexed_words():
            await asyncio.sleep(0.05)
    assert await index_differs() == (set(), set())
    await filling.fill()  # nothing is missing any more
    assert await index_differs() == (set(), set())
