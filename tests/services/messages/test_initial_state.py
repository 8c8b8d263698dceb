"""What a page opens with: the newest messages are read once for all, and are right for each."""

import asyncio

import pytest

from services.accounts import accounts
from services.core.dto import CurrentUser
from services.core.errors import NotFound
from services.messages import edits, initial_state, messages
from tests import postgres
from tests.query_counter import statements


async def texts(viewer: CurrentUser, room_id: int) -> list[tuple[str, str]]:
    """Return the author and the text of each message that a page opens with."""
    opening = await initial_state.read(viewer, room_id)
    assert opening.messages is not None
    return [(each.author.display_name, each.text) for each in opening.messages.messages]


async def test_the_newest_messages_are_read_once_for_all_members(people, monkeypatch) -> None:
    postgres.let_caches_last(monkeypatch)
    await messages.send(people.asha, people.room, "Hello", "message-1")
    with statements() as first:
        opened = await initial_state.read(people.asha, people.room)
    with statements() as second:
        again = await initial_state.read(people.ben, people.room)
    assert [sum("client_message_id" in each for each in ran) for ran in (first, second)] == [1, 0]
    assert again.messages.messages is opened.messages.messages
    # asha has read her own message, ben has not.
    assert (opened.messages.last_read_seq, again.messages.last_read_seq) == (1, 0)


async def test_who_is_no_member_gets_nothing_of_what_is_kept(people) -> None:
    await messages.send(people.asha, people.room, "Hello", "message-1")
    await initial_state.read(people.asha, people.room)
    with pytest.raises(NotFound):
        await initial_state.read(people.chen, people.room)


async def test_what_is_stored_is_there_for_whoever_opens_next(people) -> None:
    sent, _is_new = await messages.send(people.asha, people.room, "Hello", "message-1")
    assert await texts(people.ben, people.room) == [("asha", "Hello")]
    await messages.send(people.ben, people.room, "Hi", "message-2")
    assert await texts(people.ben, people.room) == [("asha", "Hello"), ("ben", "Hi")]
    await edits.edit(people.asha, people.room, sent.seq, "Good evening")
    assert await texts(people.ben, people.room) == [("asha", "Good evening"), ("ben", "Hi")]
    await accounts.change_profile(people.asha, display_name="Asha K", hue=0)
    assert await texts(people.ben, people.room) == [("Asha K", "Good evening"), ("ben", "Hi")]


async def test_what_is_stored_during_a_read_is_not_missed(people, monkeypatch) -> None:
    await messages.send(people.asha, people.room, "Hello", "message-1")
    real, began = initial_state.history.begin, asyncio.Event()
    loop = asyncio.get_running_loop()

    def slowly(*arguments: object) -> object:
        found = real(*arguments)
        if not began.is_set():
            stored = asyncio.run_coroutine_threadsafe(
                messages.send(people.asha, people.room, "Meanwhile", "message-2"), loop
            )
            stored.result(10)
            began.set()
        return found

    monkeypatch.setattr(initial_state.history, "begin", slowly)
    assert await texts(people.ben, people.room) == [("asha", "Hello")]
    assert await texts(people.ben, people.room) == [("asha", "Hello"), ("asha", "Meanwhile")]


async def test_an_opening_in_the_history_does_not_pass_for_the_newest(people, monkeypatch) -> None:
    for number in range(1, 5):
        await messages.send(people.asha, people.room, f"Message {number}", f"message-{number}")
    monkeypatch.setattr(initial_state.history.queries, "PAGE_SIZE", 2)
    monkeypatch.setattr(initial_state.history, "PAGE_SIZE", 2)
    around = await initial_state.read(people.ben, people.room, 1)
    assert around.messages.messages[0].seq == 1
    newest = await initial_state.read(people.asha, people.room)
    assert newest.messages.messages[-1].seq == 4
    unread = await initial_state.read(people.ben, people.room)
    assert unread.messages.messages[0].seq == 1  # his first unread message
