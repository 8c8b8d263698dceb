"""Pins, saved messages and forwarding."""

import pytest

from models import Role
from services.core import events
from services.core.errors import Forbidden, NotFound, ServiceError
from services.files import forwarding
from services.messages import bookmarks, edits, history, messages, pins
from services.rooms import rooms
from services.rooms.members import memberships
from tests.services.messages.test_messages import fresh


async def say(people, text: str = "Remember this", who=None) -> int:
    message, _is_new = await messages.send(who or people.ben, people.room, text, fresh())
    return message.seq


async def test_a_moderator_pins_and_members_see_it(people, published) -> None:
    first, second = await say(people, "one"), await say(people, "two")
    await pins.pin(people.asha, people.room, first)
    await pins.pin(people.asha, people.room, second)
    await pins.pin(people.asha, people.room, second)
    assert [each.seq for each in await pins.of_room(people.ben, people.room)] == [second, first]
    changes = [each for each in published if isinstance(each, events.MessageChanged)]
    assert [each.change for each in changes] == [1, 2]
    await pins.unpin(people.asha, people.room, second)
    assert [each.seq for each in await pins.of_room(people.ben, people.room)] == [first]
    await edits.delete(people.ben, people.room, first)
    assert await pins.of_room(people.ben, people.room) == []


async def test_members_cannot_pin_and_outsiders_see_no_pins(people) -> None:
    seq = await say(people)
    with pytest.raises(Forbidden):
        await pins.pin(people.ben, people.room, seq)
    with pytest.raises(NotFound):
        await pins.pin(people.chen, people.room, seq)
    with pytest.raises(NotFound):
        await pins.of_room(people.chen, people.room)
    with pytest.raises(NotFound):
        await pins.pin(people.asha, people.room, 99)
    await memberships.change_role(people.asha, people.room, people.ben.user_id, Role.MODERATOR)
    await pins.pin(people.ben, people.room, seq)


async def test_the_number_of_pins_is_limited(people, monkeypatch) -> None:
    monkeypatch.setattr(pins, "MAX_PINS", 2)
    for seq in [await say(people) for _each in range(2)]:
        await pins.pin(people.asha, people.room, seq)
    with pytest.raises(ServiceError, match="pin"):
        await pins.pin(people.asha, people.room, await say(people))


async def test_saved_messages_of_left_rooms_are_omitted(people) -> None:
    seqs = [await say(people, text) for text in ("one", "two")]
    for seq in [*seqs, seqs[0]]:
        await bookmarks.save(people.ben, people.room, seq)
    kept = await bookmarks.mine(people.ben)
    assert [(each.message.text, each.title) for each in kept] == [
        ("two", "Study group"),
        ("one", "Study group"),
    ]
    assert await bookmarks.mine(people.asha) == []
    await bookmarks.remove(people.ben, kept[0].message.message_id)
    await bookmarks.remove(people.ben, 12345)
    assert [each.message.text for each in await bookmarks.mine(people.ben)] == ["one"]
    await memberships.leave(people.ben, people.room)
    assert await bookmarks.mine(people.ben) == []
    with pytest.raises(NotFound):
        await bookmarks.save(people.ben, people.room, seqs[0])


async def test_deleted_messages_are_not_saved(people) -> None:
    seq = await say(people)
    await bookmarks.save(people.asha, people.room, seq)
    await edits.delete(people.ben, people.room, seq)
    assert await bookmarks.mine(people.asha) == []


async def test_the_number_of_saved_messages_is_limited(people, monkeypatch) -> None:
    monkeypatch.setattr(bookmarks, "MAX_BOOKMARKS", 1)
    await bookmarks.save(people.ben, people.room, await say(people))
    with pytest.raises(ServiceError):
        await bookmarks.save(people.ben, people.room, await say(people))


async def test_what_was_saved_in_rooms_that_were_left_makes_way(people, monkeypatch) -> None:
    monkeypatch.setattr(bookmarks, "MAX_BOOKMARKS", 2)
    lobby = (await rooms.mine(people.ben))[0].room_id
    await bookmarks.save(people.ben, people.room, await say(people))
    kept, _new = await messages.send(people.ben, lobby, "kept", fresh())
    await bookmarks.save(people.ben, lobby, kept.seq)
    await memberships.leave(people.ben, people.room)
    late, _new = await messages.send(people.ben, lobby, "late", fresh())
    await bookmarks.save(people.ben, lobby, late.seq)
    assert [each.message.text for each in await bookmarks.mine(people.ben)] == ["late", "kept"]
    more, _new = await messages.send(people.ben, lobby, "more", fresh())
    with pytest.raises(ServiceError, match="Remove some"):
        await bookmarks.save(people.ben, lobby, more.seq)


async def test_a_message_is_forwarded_without_its_author(people) -> None:
    lobby = (await rooms.mine(people.ben))[0].room_id
    seq = await say(people, "Lunch at noon, @ben", who=people.asha)
    number = fresh()
    for _twice in range(2):
        sent = await forwarding.forward(
            people.ben, people.room, seq, to_room=lobby, client_message_id=number
        )
    assert (sent.text, sent.author.username, sent.is_forwarded, sent.mentions) == (
        "Lunch at noon, @ben",
        "ben",
        True,
        (),
    )
    page = await history.since(people.chen, lobby, history.ShownRange())
    assert [(each.text, each.is_forwarded) for each in page.messages] == [(sent.text, True)]


async def test_forwarding_requires_membership_of_both_rooms(people) -> None:
    lobby = (await rooms.mine(people.chen))[0].room_id
    seq = await say(people)
    with pytest.raises(NotFound):
        await forwarding.forward(
            people.chen, people.room, seq, to_room=lobby, client_message_id=fresh()
        )
    said, _is_new = await messages.send(people.chen, lobby, "Hello", fresh())
    with pytest.raises(NotFound):
        await forwarding.forward(
            people.chen, lobby, said.seq, to_room=people.room, client_message_id=fresh()
        )
