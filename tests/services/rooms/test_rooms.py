"""Rooms: seeing, changing and naming them."""

import pytest
from sqlmodel import col, update

from models import Room
from services.core import events
from services.core.errors import Conflict, Forbidden, NotFound
from services.db import database
from services.rooms import room_names, rooms, settings


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


async def test_pasted_control_characters_are_left_out_of_names_and_topics(people) -> None:
    pasted, topic = "Maths\x0bclub \x1b[1m7\x1b[0m", "page 1\x0cpage\0 2\x82"
    for private in (True, False):
        room = await rooms.create(people.asha, name=pasted, topic=topic, private=private)
        made = await rooms.get(people.asha, room)
        assert (made.name, made.topic) == ("Maths club 7", "page 1 page 2")
    await settings.change(people.asha, room, name="Chess\x0b\x1b[31mclub", topic="\0")
    made = await rooms.get(people.asha, room)
    assert (made.name, made.topic) == ("Chess club", "")


async def test_public_names_are_unique_even_to_look_alikes(people) -> None:
    await rooms.create(people.asha, name="Chess", topic="", private=False)
    for name in ("Chess", "CHESS", "Сhess"):
        with pytest.raises(Conflict):
            await rooms.create(people.ben, name=name, topic="", private=False)


LIKE_LOBBY = ("Lobby", "LOBBY", "Iobby", "L0bby", "Lob by", "Lobby.", "Lo\u200bbby", "L\u043ebby")


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("name", LIKE_LOBBY)
async def test_no_room_is_called_like_the_lobby(people, name: str, private: bool) -> None:
    with pytest.raises(Conflict, match="very similar name"):
        await rooms.create(people.ben, name=name, topic="", private=private)


@pytest.mark.parametrize("name", ["Islands", "lslands", "ISLANDS", "Is lands", "\u0406slands"])
async def test_a_private_room_is_not_called_like_a_public_one(people, name: str) -> None:
    await rooms.create(people.asha, name="Islands", topic="", private=False)
    with pytest.raises(Conflict, match="very similar name"):
        await rooms.create(people.ben, name=name, topic="", private=True)
    room = await rooms.create(people.ben, name="Mine", topic="", private=True)
    with pytest.raises(Conflict, match="very similar name"):
        await settings.change(people.ben, room, name=name, topic="")
    await settings.change(people.ben, room, name="Mine", topic="more")


async def test_names_that_people_tell_apart_are_no_conflict(people) -> None:
    for name in ("Mail", "Mall", "Lobbyists", "Hobby", "Team A", "Team B", "C", "C++", "C#"):
        await rooms.create(people.asha, name=name, topic="", private=False)


async def test_private_rooms_may_share_a_name(people) -> None:
    for viewer in (people.asha, people.ben):
        await rooms.create(viewer, name="Homework", topic="", private=True)


async def test_a_room_called_lobby_before_keeps_its_name(people) -> None:
    room = await rooms.create(people.ben, name="Mine", topic="", private=True)
    await database.write(
        lambda session: session.exec(
            update(Room).where(col(Room.id) == room).values(name="Lobby", name_likeness="")
        )
    )
    await room_names.fill()
    await settings.change(people.ben, room, name="Lobby", topic="more")
    assert (await rooms.get(people.ben, room)).topic == "more"
