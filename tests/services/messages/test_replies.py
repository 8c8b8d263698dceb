"""Replies to a message: how many there are, and which."""

import pytest
from sqlmodel import Session

from services.core import events
from services.core.errors import NotFound
from services.db import database
from services.messages import edits, history, messages, replies
from tests import postgres
from tests.query_counter import statements
from tests.services.messages.test_messages import fresh


async def reply(people, who, text: str, to: int) -> int:
    sent, _is_new = await messages.send(who, people.room, text, fresh(), reply_to=to)
    return sent.seq


@pytest.fixture
async def seq(people) -> int:
    """A message of asha's to reply to."""
    sent, _is_new = await messages.send(people.asha, people.room, "Who brings cake?", fresh())
    return sent.seq


async def count(people, seq: int) -> int:
    """Return how many replies pages show under a message."""
    page = await history.around(people.ben, people.room, seq)
    [shown] = [each for each in page.messages if each.seq == seq]
    return shown.replies


async def texts(people, seq: int) -> list[str]:
    return [each.text for each in (await replies.of(people.ben, people.room, seq)).found]


async def test_replies_are_counted_and_listed_in_order(people, seq) -> None:
    assert await count(people, seq) == 0
    assert await texts(people, seq) == []
    first = await reply(people, people.ben, "I do.", seq)
    await reply(people, people.asha, "Thanks!", seq)
    await reply(people, people.asha, "To the reply", first)
    assert await count(people, seq) == 2
    assert await texts(people, seq) == ["I do.", "Thanks!"]
    assert (await replies.of(people.ben, people.room, seq)).original.text == "Who brings cake?"
    await edits.delete(people.ben, people.room, first)
    assert await count(people, seq) == 1
    assert await texts(people, seq) == ["Thanks!"]
    with pytest.raises(NotFound):
        await replies.of(people.ben, people.room, first)


async def test_pages_learn_that_there_is_one_more_or_one_less(people, seq, published) -> None:
    number = fresh()
    for _twice in range(2):
        await messages.send(people.ben, people.room, "I do.", number, reply_to=seq)
    changes = [each for each in published if isinstance(each, events.MessageChanged)]
    assert changes == [events.MessageChanged(people.room, 1)]
    page = await history.since(people.asha, people.room, history.ShownRange(1, 2, change=0))
    assert [(each.seq, each.replies) for each in page.changed] == [(seq, 1)]
    await edits.delete(people.ben, people.room, seq + 1)
    page = await history.since(people.asha, people.room, history.ShownRange(1, 2, change=1))
    assert [(each.seq, each.replies) for each in page.changed] == [(seq + 1, 0), (seq, 0)]
    assert page.change == 3


async def test_the_newest_are_listed_if_there_are_many(people, seq, monkeypatch) -> None:
    monkeypatch.setattr(replies, "MAX_REPLIES", 2)
    for text in ("one", "two", "three"):
        await reply(people, people.ben, text, seq)
    found = await replies.of(people.asha, people.room, seq)
    assert [each.text for each in found.found] == ["two", "three"]
    assert found.more
    assert await count(people, seq) == 3


async def test_outsiders_see_no_replies(people, seq) -> None:
    await reply(people, people.ben, "I do.", seq)
    with pytest.raises(NotFound):
        await replies.of(people.chen, people.room, seq)
    with pytest.raises(NotFound):
        await replies.of(people.ben, people.room, 99)


@postgres.sqlite_only
async def test_they_are_counted_and_found_without_reading_their_rows(people, seq) -> None:
    """Each reply has the message drawn again, and so all others counted."""
    await reply(people, people.ben, "I do.", seq)
    with statements() as seen:
        await history.around(people.ben, people.room, seq)
        await replies.of(people.ben, people.room, seq)
    asked = [each for each in seen if "deleted_at IS NULL" in each and "messages" in each]

    def plans(session: Session) -> list[list[str]]:
        connection = session.connection().connection.driver_connection
        return [
            [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {each}", [1] * marks)]
            for each in asked
            for marks in [each.count("?")]
        ]

    explained = await database.read(plans)
    assert len(explained) >= 2
    for steps in explained:
        [replying] = [step for step in steps if "reply_to_id=?" in step]
        assert "COVERING INDEX ix_messages_replies (reply_to_id=?" in replying, steps
