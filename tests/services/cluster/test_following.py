"""What a process tells its pages of that others have stored."""

import asyncio
from collections.abc import Collection, Iterator
from secrets import token_hex

import pytest
from sqlmodel import col, update

from models import Message
from models.clock import now
from services.cluster import following, hints
from services.cluster.following import LATELY, Following
from services.core import events
from services.db import database
from services.messages import edits, messages
from tests.conftest import People


class Pages:
    """The pages of a process, which follow some rooms."""

    def __init__(self) -> None:
        self.rooms: set[int] = set()
        self.told: list[object] = []
        self.users: set[int] = set()
        self.noted: list[tuple[int, int, Collection[int]]] = []
        self.following = Following(self, lambda: True)

    def followed(self) -> set[int]:
        """See `following.Pages`."""
        return self.rooms

    def is_followed(self, room_id: int) -> bool:
        """See `following.Pages`."""
        return room_id in self.rooms

    def audience(self, _room_id: int) -> set[int]:
        """See `following.Pages`."""
        return self.users

    def note_members(self, room_id: int, seq: int, user_ids: Collection[int]) -> None:
        """See `following.Pages`."""
        self.noted.append((room_id, seq, user_ids))

    def take(self, event: object) -> None:
        """Note what was told, and what it is the cluster that notes."""
        self.told.append(event)
        if isinstance(event, events.MessageChanged):
            self.following.on_changed(event)

    @property
    def sent(self) -> list[tuple[int, int]]:
        """The room and number of each message that they were told of."""
        return [
            (event.message.room_id, event.message.seq)
            for event in self.told
            if isinstance(event, events.MessageSent)
        ]

    @property
    def changes(self) -> list[int]:
        """The numbers of the changes that they were told of."""
        return [event.change for event in self.told if isinstance(event, events.MessageChanged)]


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pages]:
    monkeypatch.setattr(following, "GRACE_SECONDS", 0)
    pages = Pages()
    kinds = events.MessageSent, events.MessageChanged, events.SentElsewhere
    undo = [events.subscribe(kind, pages.take, everywhere=True) for kind in kinds]
    yield pages
    for each in undo:
        each()


async def send(people: People, text: str = "Hello", room: int | None = None) -> int:
    """Store a message, as another process does: nothing is told here."""
    message, _is_new = await messages.send(people.asha, room or people.room, text, token_hex(16))
    return message.seq


def hint(people: People, seq: int, *, has_read: bool = True) -> hints.Sent:
    """Return what another process tells of a message."""
    return hints.Sent(people.room, seq, is_scheduled=False, author_has_read=has_read)


async def test_a_hint_is_told_with_what_the_database_says(people: People, pages: Pages) -> None:
    pages.rooms = {people.room}
    await send(people, "Hello")
    pages.told.clear()
    await pages.following.tell_sent([hint(people, 1)])
    elsewhere, event = pages.told
    assert elsewhere == events.SentElsewhere(people.room, 1)
    assert isinstance(event, events.MessageSent)
    assert (event.message.text, event.is_from_elsewhere) == ("Hello", True)


async def test_members_are_noted_with_the_newest_message(people: People, pages: Pages) -> None:
    pages.rooms = {people.room}
    pages.users = {each.user_id for each in (people.asha, people.ben, people.chen)}
    for _time in range(2):
        await send(people)
    await pages.following.tell_sent([hint(people, 1), hint(people, 2)])
    assert pages.noted == [(people.room, 2, {people.asha.user_id, people.ben.user_id})]


async def test_a_hint_is_told_once(people: People, pages: Pages) -> None:
    pages.rooms = {people.room}
    await send(people)
    pages.told.clear()
    for _time in range(2):
        await pages.following.tell_sent([hint(people, 1), hint(people, 1)])
        await pages.following.look()
    assert pages.sent == [(people.room, 1)]


async def test_a_hint_and_a_look_at_the_same_time_tell_once(people: People, pages: Pages) -> None:
    pages.rooms = {people.room}
    await send(people)
    pages.told.clear()
    await asyncio.gather(
        *(pages.following.tell_sent([hint(people, 1)]) for _time in range(3)),
        pages.following.look(),
    )
    assert pages.sent == [(people.room, 1)]


async def test_of_a_room_that_nobody_shows_no_message_is_read(people: People, pages: Pages) -> None:
    await send(people)
    pages.told.clear()
    await pages.following.tell_sent([hint(people, 1)])
    assert pages.told == [events.SentElsewhere(people.room, 1)]


async def test_a_hint_of_what_is_not_there_tells_nothing(people: People, pages: Pages) -> None:
    pages.rooms = {people.room, 4711}
    await pages.following.tell_sent([hint(people, 99), hints.Sent(4711, 1, False, True)])
    assert pages.sent == []
    assert pages.noted == []
    await send(people)
    pages.told.clear()
    await pages.following.look()
    assert pages.sent == [(people.room, 1)]


async def test_a_forged_hint_does_not_say_for_which_messages_members_are_known(
    people: People, pages: Pages
) -> None:
    pages.rooms = {people.room}
    pages.users = {people.asha.user_id}
    await send(people)
    pages.told.clear()
    await pages.following.tell_sent([hint(people, 1), hint(people, 10**9)])
    assert pages.sent == [(people.room, 1)]
    assert pages.noted == [(people.room, 1, {people.asha.user_id})]


async def test_a_lost_hint_is_found(people: People, pages: Pages) -> None:
    pages.rooms = {people.room}
    await pages.following.look()
    for _message in range(3):
        await send(people)
    pages.told.clear()
    await pages.following.tell_sent([hint(people, 2)])
    await pages.following.look()
    assert pages.sent == [(people.room, 2), (people.room, 1), (people.room, 3)]


async def test_own_messages_are_not_told_again(people: People, pages: Pages) -> None:
    pages.rooms = {people.room}
    await pages.following.look()
    unsubscribe = events.subscribe(events.MessageSent, pages.following.on_sent)
    await send(people)
    pages.told.clear()
    await pages.following.look()
    assert pages.told == []
    unsubscribe()


async def test_a_new_room_begins_with_a_message_of_lately(people: People, pages: Pages) -> None:
    for _message in range(3):
        await send(people)
    pages.told.clear()
    pages.rooms = {people.room}
    await pages.following.look()
    assert pages.sent == [(people.room, 3)]


async def test_an_old_message_of_a_new_room_is_no_news(people: People, pages: Pages) -> None:
    await send(people)
    await database.write(
        lambda session: session.exec(
            update(Message)
            .where(col(Message.room_id) == people.room)
            .values(created_at=now() - 2 * LATELY)
        )
    )
    pages.told.clear()
    pages.rooms = {people.room}
    await pages.following.look()
    assert pages.sent == []
    await send(people)
    pages.told.clear()
    await pages.following.look()
    assert pages.sent == [(people.room, 2)]


async def test_a_lost_change_is_found_once(people: People, pages: Pages) -> None:
    pages.rooms = {people.room}
    await send(people)
    await pages.following.look()
    for text in ("One", "Two"):
        await edits.edit(people.asha, people.room, 1, text)
    pages.told.clear()
    pages.following._cursors._cursors[people.room].change = 0  # our own process has told it
    await pages.following.look()
    await pages.following.look()
    assert pages.changes == [2]
