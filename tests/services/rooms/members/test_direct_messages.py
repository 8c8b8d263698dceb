"""Direct messages: one conversation for each set of people, opening and writing in them."""

import asyncio

import pytest

from models import Notify, RoomKind
from services.accounts import blocks
from services.core import events
from services.core.errors import Forbidden, NotFound, ServiceError
from services.db import database
from services.messages import edits, history, messages
from services.rooms import rooms
from services.rooms.members import direct_messages, memberships
from services.rooms.permissions import may_leave
from tests.conftest import open_group, person


async def test_one_conversation_for_each_set_of_people(people) -> None:
    room = await direct_messages.open(people.asha, ["ben"])
    assert await direct_messages.open(people.asha, ["@BEN", "ben", "asha"]) == room
    assert await direct_messages.open(people.ben, ["asha"]) == room
    group = await open_group(people.asha, people.ben, people.chen)
    assert group != room
    assert await direct_messages.open(people.chen, ["ben", "asha"]) == group
    assert await direct_messages.open(people.asha, []) not in {room, group}
    assert await direct_messages.open(people.asha, ["asha"]) == await direct_messages.open(
        people.asha, []
    )


async def test_concurrent_opens_return_the_same_conversation(people, published) -> None:
    opened = await asyncio.gather(
        *(direct_messages.open(people.asha, ["ben"]) for _each in range(5)),
        *(direct_messages.open(people.ben, ["asha"]) for _each in range(5)),
    )
    assert len(set(opened)) == 1
    joined = [each for each in published if isinstance(each, events.MemberJoined)]
    assert sorted(each.user_id for each in joined) == [people.asha.user_id, people.ben.user_id]


async def test_its_title_names_the_other_members(people) -> None:
    group = await open_group(people.asha, people.ben, people.chen)
    for viewer, title in ((people.asha, "ben, chen"), (people.chen, "asha, ben")):
        view = await rooms.get(viewer, group)
        assert (view.kind, view.title) == (RoomKind.DIRECT, title)
        assert view.notify == Notify.EVERYTHING
    alone = await direct_messages.open(people.asha, [])
    assert (await rooms.get(people.asha, alone)).title == "Notes to myself"


async def test_outsiders_do_not_see_it(people) -> None:
    room = await direct_messages.open(people.asha, ["ben"])
    await messages.send(people.asha, room, "between us", "message-1")
    with pytest.raises(NotFound):
        await rooms.get(people.chen, room)
    with pytest.raises(NotFound):
        await history.older(people.chen, room, 99)
    with pytest.raises(NotFound):
        await memberships.join(people.chen, room)
    assert room not in [each.room_id for each in await rooms.mine(people.chen)]
    with pytest.raises(Forbidden):
        await memberships.add(people.asha, room, "chen")


async def test_at_most_twenty_people(people) -> None:
    others = [f"person{number}" for number in range(20)]
    for name in others:
        await person(name)
    room = await direct_messages.open(people.asha, others[:19])
    assert len((await rooms.get(people.asha, room)).people) == 19
    with pytest.raises(ServiceError) as refused:
        await direct_messages.open(people.asha, others)
    assert "20" in refused.value.message


@pytest.mark.parametrize(
    "usernames",
    ["ben", None, 5, {"ben": 1}, [5], ["ben", None], [["ben"]], ["b"] * 1000, b"ben"],
)
async def test_malformed_usernames_are_refused(people, usernames) -> None:
    with pytest.raises(ServiceError) as refused:
        await direct_messages.open(people.asha, usernames)
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize("name", ["nobody", "\0", "\ud800", "x" * 5000, "%"])
async def test_unknown_usernames_are_not_found(people, name) -> None:
    with pytest.raises(NotFound):
        await direct_messages.open(people.asha, ["ben", name])
    assert await database.read(lambda session: direct_messages._find(session, [1, 2])) is None


async def test_blocked_users_cannot_open_one_and_do_not_learn_why(people) -> None:
    await blocks.block(people.asha, "ben")
    with pytest.raises(Forbidden) as alone:
        await direct_messages.open(people.ben, ["asha"])
    with pytest.raises(Forbidden):
        await direct_messages.open(people.ben, ["asha", "chen"])
    assert "block" not in alone.value.message
    with pytest.raises(Forbidden) as own:
        await direct_messages.open(people.asha, ["ben"])
    assert "Unblock" in own.value.message
    await blocks.unblock(people.asha, "ben")
    assert await direct_messages.open(people.ben, ["asha"])


async def test_blocked_users_cannot_write_in_an_existing_one(people) -> None:
    room = await direct_messages.open(people.asha, ["ben"])
    group = await open_group(people.asha, people.ben, people.chen)
    await messages.send(people.ben, room, "hello", "message-1")
    await blocks.block(people.asha, "ben")
    for viewer in (people.ben, people.asha):
        with pytest.raises(Forbidden):
            await messages.send(viewer, room, "again", f"message-{viewer.username}")
        assert await direct_messages.open(viewer, ["asha", "ben"]) == room
    with pytest.raises(Forbidden):
        await edits.edit(people.ben, room, 1, "something else")
    await messages.send(people.ben, group, "in the group", "message-3")
    await blocks.unblock(people.asha, "ben")
    await messages.send(people.ben, room, "again", "message-ben")
    texts = [each.text for each in (await history.older(people.asha, room, 99)).messages]
    assert texts == ["hello", "again"]


async def test_members_can_leave_a_group_but_not_a_pair(people) -> None:
    room = await direct_messages.open(people.asha, ["ben"])
    with pytest.raises(Forbidden):
        await memberships.leave(people.ben, room)
    group = await open_group(people.asha, people.ben, people.chen)
    await memberships.leave(people.ben, group)
    with pytest.raises(NotFound):
        await rooms.get(people.ben, group)
    assert await direct_messages.open(people.ben, ["asha", "chen"]) != group


async def test_a_view_says_whether_one_may_leave(people) -> None:
    pair = await direct_messages.open(people.asha, ["ben"])
    notes = await direct_messages.open(people.asha, [])
    group = await open_group(people.asha, people.ben, people.chen)

    async def may(room: int) -> bool:
        return may_leave(await rooms.get(people.asha, room))

    assert [await may(room) for room in (pair, notes, group, people.room)] == [0, 0, 1, 1]
    await memberships.leave(people.ben, group)
    assert await may(group), "of three, two are left"
    await memberships.leave(people.chen, group)
    assert await may(group)
    await memberships.leave(people.asha, group)


async def test_new_conversations_are_rate_limited(people) -> None:
    for number in range(25):
        await person(f"person{number}")
    with pytest.raises(ServiceError) as refused:
        await open_all(people.asha, 25)
    assert "Try again in" in refused.value.message


async def open_all(viewer, count: int) -> None:
    for number in range(count):
        await direct_messages.open(viewer, [f"person{number}"])
