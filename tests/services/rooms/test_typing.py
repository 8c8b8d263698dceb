"""Typing indicators are published only for members who may write."""

import pytest

from models import Role, Room
from services.core import events
from services.core.errors import Forbidden, NotFound, RateLimited
from services.db import database
from services.messages import history
from services.rooms import rooms, typing
from services.rooms.members import memberships


async def test_typing_is_published(people, published) -> None:
    await typing.publish(people.ben, people.room)
    assert published == [events.Typing(people.room, people.ben.user_id, "ben", "ben")]


async def test_outsiders_are_refused(people, published) -> None:
    for room in (people.room, 999_999, 2**52):
        with pytest.raises(NotFound):
            await typing.publish(people.chen, room)
    await memberships.leave(people.ben, people.room)
    published.clear()
    with pytest.raises(NotFound):
        await typing.publish(people.ben, people.room)
    assert published == []


async def test_members_are_refused_in_announcement_rooms(people, published) -> None:
    def announce(session) -> None:
        room = session.get_one(Room, people.room)
        room.is_announcement = True
        session.add(room)

    await database.write(announce)
    with pytest.raises(Forbidden):
        await typing.publish(people.ben, people.room)
    await typing.publish(people.asha, people.room)
    assert [event.username for event in published] == ["asha"]
    assert (await rooms.get(people.asha, people.room)).role == Role.OWNER


async def test_typing_is_rate_limited(people, published) -> None:
    for _ in range(60):
        await typing.publish(people.ben, people.room)
    with pytest.raises(RateLimited):
        await typing.publish(people.ben, people.room)
    assert len(published) == 61  # with that it was refused
    assert published[-1] == events.Throttled("presence", people.ben)
    assert (await history.older(people.asha, people.room, 10)).messages == []
