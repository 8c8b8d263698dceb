"""Rooms: seeing, changing and naming them."""

import pytest

from services.core import events
from services.core.errors import Conflict, Forbidden, NotFound
from services.rooms import rooms, settings


async def test_everyone_starts_in_the_lobby(people) -> None:
    for viewer in (people.asha, people.ben, people.chen):
        mine = await rooms.mine(viewer)
        assert mine[0].name == "Lobby"


async def test_a_private_room_is_not_found_by_outsiders(people) -> None:
    assert (await rooms.get(people.ben, people.room)).name == "Study group"
    with pytest.raises(NotFound) as hidden:
        await rooms.get(people.chen, people.room)
    with pytest.raises(NotFound) as absent:
        await rooms.get(people.chen, 999_999)
    assert hidden.value.message == absent.value.message


async def test_only_its_owner_changes_a_room(people, published) -> None:
    with pytest.raises(Forbidden):
        await settings.change(people.ben, people.room, name="Mine now", topic="")
    await settings.change(people.asha, people.room, name="Physics", topic="Waves")
    assert (await rooms.get(people.ben, people.room)).topic == "Waves"
    assert published == [events.RoomChanged(people.room)]


async def test_public_names_are_unique_even_to_look_alikes(people) -> None:
    await rooms.create(people.asha, name="Chess", topic="", private=False)
    for name in ("Chess", "CHESS", "Сhess"):
        with pytest.raises(Conflict):
            await rooms.create(people.ben, name=name, topic="", private=False)
    await rooms.create(people.ben, name="Chess", topic="", private=True)
