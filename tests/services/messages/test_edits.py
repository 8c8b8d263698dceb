"""Editing and deleting messages, and the changes that pages receive."""

import asyncio

import pytest
from sqlmodel import select

from models import Action, MessageVersion, Reaction
from services.core import events
from services.core.dto import CurrentUser
from services.core.errors import Forbidden, NotFound, ServiceError
from services.db import database
from services.messages import edits, history, messages, reactions
from services.rooms import moderation_log, rooms
from services.rooms.members import memberships
from tests.services.messages.test_messages import fresh


async def say(people, text: str = "first", **more: object) -> int:
    message, _is_new = await messages.send(people.ben, people.room, text, fresh(), **more)
    return message.seq


async def texts(viewer: CurrentUser, room: int, seq: int) -> list[str]:
    """Return all versions of a message, the oldest first, batch by batch."""
    found = await edits.history(viewer, room, seq)
    newest_first = [each.text for each in found.versions]
    while found.before is not None:
        found = await edits.history(viewer, room, seq, found.before)
        newest_first += [each.text for each in found.versions]
    return newest_first[::-1]


async def test_an_edit_stores_the_old_version(people, published) -> None:
    seq = await say(people)
    await edits.edit(people.ben, people.room, seq, "second")
    await edits.edit(people.ben, people.room, seq, "second")
    assert await texts(people.asha, people.room, seq) == ["first", "second"]
    assert [each.change for each in published if isinstance(each, events.MessageChanged)] == [1]


async def test_of_concurrent_edits_the_last_wins_and_both_are_stored(people) -> None:
    seq = await say(people)
    await asyncio.gather(
        edits.edit(people.ben, people.room, seq, "one"),
        edits.edit(people.ben, people.room, seq, "other"),
    )
    said = await texts(people.ben, people.room, seq)
    assert said[0] == "first"
    assert set(said[1:]) == {"one", "other"}
    page = await history.since(people.asha, people.room, history.ShownRange())
    assert (page.messages[-1].text, page.messages[-1].change) == (said[-1], 2)


async def test_only_its_author_edits_and_only_while_a_member(people) -> None:
    seq = await say(people)
    with pytest.raises(Forbidden):
        await edits.edit(people.asha, people.room, seq, "mine now")
    await memberships.remove(people.asha, people.room, people.ben.user_id)
    with pytest.raises(NotFound):
        await edits.edit(people.ben, people.room, seq, "too late")
    with pytest.raises(NotFound):
        await edits.history(people.ben, people.room, seq)
    assert await texts(people.asha, people.room, seq) == ["first"]


async def test_a_long_history_comes_in_batches(people) -> None:
    seq = await say(people, "0")
    for number in range(1, 26):
        await edits.edit(people.ben, people.room, seq, str(number))
    found = await edits.history(people.asha, people.room, seq)
    assert [each.text for each in found.versions] == [str(each) for each in range(25, 14, -1)]
    assert await texts(people.asha, people.room, seq) == [str(each) for each in range(26)]


async def test_a_reply_must_be_to_a_message_of_its_room(people) -> None:
    lobby = (await rooms.mine(people.ben))[0].room_id
    await messages.send(people.ben, lobby, "elsewhere", fresh())
    with pytest.raises(ServiceError, match="replying"):
        await messages.send(people.ben, people.room, "what?", fresh(), reply_to=1)
    seq = await say(people)
    await say(people, "an answer", reply_to=seq)
    page = await history.since(people.asha, people.room, history.ShownRange())
    quote = page.messages[-1].quote
    assert quote is not None
    assert (quote.seq, quote.text) == (seq, "first")


async def test_a_deletion_erases_and_a_moderators_is_in_the_log(people) -> None:
    seq = await say(people)
    await edits.edit(people.ben, people.room, seq, "second")
    await reactions.add(people.asha, people.room, seq, "👍")
    await edits.delete(people.asha, people.room, seq, "off the subject")
    page = await history.since(people.ben, people.room, history.ShownRange())
    gone = page.messages[-1]
    assert (gone.text, gone.deleted, gone.reactions) == ("", "moderator", ())
    for table in (MessageVersion, Reaction):
        assert await database.read(lambda s, table=table: s.exec(select(table)).all()) == []
    (entry, *_more) = await moderation_log.of_room(people.asha, people.room)
    assert (entry.action, entry.reason) == (Action.MESSAGE_DELETED, "off the subject")
    with pytest.raises(NotFound):
        await edits.edit(people.ben, people.room, seq, "back again")


async def test_a_page_receives_changes_in_its_shown_range(people) -> None:
    seqs = [await say(people, f"message {number}") for number in range(6)]
    answer = await say(people, "an answer", reply_to=seqs[0])
    shown = history.ShownRange(first=4, last=answer, change=0)
    await edits.edit(people.ben, people.room, seqs[0], "quoted by what is shown")
    await edits.edit(people.ben, people.room, seqs[1], "not shown")
    await edits.edit(people.ben, people.room, seqs[4], "shown")
    page = await history.since(people.asha, people.room, shown)
    assert [each.seq for each in page.changed] == [seqs[0], seqs[4]]
    assert page.change == 4  # the answer has changed what it quotes
    again = history.ShownRange(first=4, last=answer, change=page.change)
    assert (await history.since(people.asha, people.room, again)).changed == ()


async def test_concurrent_changes_are_numbered_without_gaps(people, published) -> None:
    seqs = [await say(people, f"message {number}") for number in range(8)]
    await asyncio.gather(
        *(edits.edit(people.ben, people.room, seq, "edited") for seq in seqs),
        *(reactions.add(people.asha, people.room, seq, "🎉") for seq in seqs),
    )
    changes = [each.change for each in published if isinstance(each, events.MessageChanged)]
    assert sorted(changes) == list(range(1, 17))
    found = await history.changed(people.room, 0)
    assert len(found) == 8
    assert max(each.change for each in found) == 16


async def test_an_unknown_message_is_not_found(people) -> None:
    await say(people)
    for viewer, seq in ((people.chen, 1), (people.ben, 0), (people.ben, 2), (people.ben, 2**53)):
        with pytest.raises(NotFound):
            await history.around(viewer, people.room, seq)
