"""10,000 rooms: a page lists a limited number of them, and search finds all."""

import time

import pytest
from sqlmodel import insert

from chat_ui.rooms.sidebar import sidebar
from models import Membership, Room
from services.accounts.names.name_search import indexed
from services.core.collation import sort_key
from services.core.errors import ServiceError
from services.db import database
from services.messages import messages
from services.push import delivery
from services.rooms import rooms
from services.rooms.room_queries import MAX_LISTED
from tests.conftest import People
from tests.query_counter import statements

MANY = 10_000


@pytest.fixture
async def busy(people: People) -> list[int]:
    """Put ben in 10,000 private rooms; return their ids."""
    numbers = range(100, 100 + MANY)

    def make(session) -> None:
        connection = session.connection()
        connection.execute(
            insert(Room),
            [
                {
                    "id": number,
                    "kind": "private",
                    "name": f"Room {number}",
                    "name_key": f"{number}",
                    "search_name": indexed(f"Room {number}"),
                    "sort_key": sort_key(f"Room {number}"),
                }
                for number in numbers
            ],
        )
        connection.execute(
            insert(Membership),
            [{"room_id": number, "user_id": people.ben.user_id} for number in numbers],
        )
        connection.execute(
            insert(Membership),
            [{"room_id": number, "user_id": people.asha.user_id} for number in numbers[:2]],
        )

    await database.write(make)
    return list(numbers)


async def test_a_page_lists_rooms_by_priority(people: People, busy: list[int]) -> None:
    spoken, read, current = busy[0], busy[-1], busy[5000]
    await messages.send(people.asha, spoken, "news", "message-1")
    await messages.send(people.ben, read, "my own words", "message-2")
    await delivery.stop()  # it looks whom to notify, a moment after a message
    with statements() as asked:
        began = time.perf_counter()
        listed = await rooms.mine(people.ben, current)
        took = time.perf_counter() - began
    assert len(listed) == MAX_LISTED
    assert {spoken, read, current} <= {room.room_id for room in listed}
    assert listed[0].name == "Lobby"
    assert next(room for room in listed if room.room_id == spoken).unread == 1
    assert len(asked) <= 3
    assert took < 1
    assert len(sidebar.draw(listed, current)) < 150_000


async def test_the_number_of_queries_does_not_depend_on_the_number_of_rooms(
    people: People, busy: list[int]
) -> None:
    with statements() as of_few:
        await rooms.mine(people.asha)
    with statements() as of_many:
        await rooms.mine(people.ben)
    assert len(of_few) == len(of_many)


async def test_search_finds_all_rooms(people: People, busy: list[int]) -> None:
    assert len(await rooms.all_mine(people.ben)) == MAX_LISTED
    found = await rooms.all_mine(people.ben, "ROOM 7777")
    assert [room.name for room in found] == ["Room 7777"]
    assert await rooms.all_mine(people.ben, "%") == []
    assert await rooms.all_mine(people.chen, "Room 7777") == []
    with pytest.raises(ServiceError):
        await rooms.all_mine(people.ben, "a\u202eb")
