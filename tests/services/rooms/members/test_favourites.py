"""Favourites: a member keeps a room among them, for themselves only."""

import pytest

from services.core import events
from services.core.errors import NotFound
from services.rooms import rooms
from services.rooms.members import member_settings


async def favourites(viewer) -> list[int]:
    return [room.room_id for room in await rooms.mine(viewer) if room.is_favourite]


async def test_a_favourite_is_the_members_own(people) -> None:
    published: list[events.FavouriteChanged] = []
    stop = events.subscribe(events.FavouriteChanged, published.append)
    await member_settings.set_favourite(people.ben, people.room, on=True)
    assert await favourites(people.ben) == [people.room]
    assert await favourites(people.asha) == []
    assert (await rooms.get(people.ben, people.room)).is_favourite
    await member_settings.set_favourite(people.ben, people.room, on=False)
    assert await favourites(people.ben) == []
    stop()
    assert published == [events.FavouriteChanged(people.room, people.ben.user_id)] * 2


async def test_outsiders_have_no_favourite(people) -> None:
    with pytest.raises(NotFound):
        await member_settings.set_favourite(people.chen, people.room, on=True)
