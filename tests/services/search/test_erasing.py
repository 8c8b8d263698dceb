"""What is left of deleted words in the files of the database."""

import os
from pathlib import Path

import pytest

from services.core import app_context
from services.messages import edits, messages
from services.search import erasing, search
from tests.conftest import People

WORD = "qqzanzibarqq"


def traces() -> int:
    """Return how often the word is in the files of the database."""
    data: Path = app_context.current().settings.data
    return sum(file.read_bytes().count(WORD.encode()) for file in data.glob("chat.db*"))


@pytest.mark.skipif("CHAT_TEST_DATABASE" in os.environ, reason="about the files of SQLite")
async def test_a_deleted_word_is_gone_from_the_files(people: People) -> None:
    for number in range(40):
        words = f"word{number} " * 20 + (WORD if number == 20 else "")
        await messages.send(people.ben, people.room, words, f"message-{number:04}")
    [found] = (await search.find(people.ben, WORD)).hits
    assert traces()
    await edits.delete(people.ben, people.room, found.message.seq)
    await erasing.erase()
    assert traces() == 0
    assert (await search.find(people.ben, WORD)).hits == []
    assert len((await search.find(people.ben, "word30")).hits) == 1


async def test_erasing_twice_and_nothing_is_fine(people: People) -> None:
    await erasing.erase()
    await erasing.erase()
