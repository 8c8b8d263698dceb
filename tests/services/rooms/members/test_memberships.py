"""Memberships: joining, adding, leaving, owners, and finding public rooms."""

import ast
import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select, update

from models import Membership, Role, User
from models.clock import now
from services.core import events
from services.core.errors import Forbidden, NotFound, RateLimited, ServiceError
from services.db import database
from services.messages import history, messages
from services.rooms import rooms, settings
from services.rooms.members import direct_messages, memberships
from services.rooms.reading import read_positions
from tests.conftest import add_member, person
from tests.roles import roles
from tests.server import PROJECT


async def lobby(viewer) -> int:
    return (await rooms.mine(viewer))[0].room_id


async def public(viewer, name: str = "Chess", topic: str = "") -> int:
    return await rooms.create(viewer, name=name, topic=topic, private=False)


# -- joining ----------------------------------------------------------------------------------


async def test_anyone_joins_a_public_room_once(people, published) -> None:
    room = await public(people.asha)
    published.clear()
    for _ in range(2):
        await memberships.join(people.chen, room)
    assert await roles(people.chen, room) == {"asha": Role.OWNER, "chen": Role.MEMBER}
    assert published == [events.MemberJoined(room, people.chen.user_id)]
    await messages.send(people.chen, room, "Hello", "message-1")


async def test_nobody_joins_a_private_room(people, published) -> None:
    room = await public(people.asha)
    await memberships.join(people.chen, room)
    published.clear()
    with pytest.raises(NotFound) as hidden:
        await memberships.join(people.chen, people.room)
    with pytest.raises(NotFound) as nothing:
        await memberships.join(people.chen, 999_999)
    assert hidden.value.message == nothing.value.message
    assert set(await roles(people.asha, people.room)) == {"asha", "ben"}
    assert published == []


async def test_a_member_adds_a_user(people, published) -> None:
    direct = await direct_messages.open(people.ben, ["chen"])
    await messages.send(people.chen, direct, "Hello", "hello-chen-1")
    published.clear()
    assert await memberships.add(people.ben, people.room, " @CHEN ")
    assert (await roles(people.chen, people.room))["chen"] == Role.MEMBER
    assert published == [events.MemberJoined(people.room, people.chen.user_id)]
    with pytest.raises(ServiceError) as refused:
        await add_member(people.ben, people.room, "chen")
    assert refused.value.message == "They are already in this room."
    for unknown in ("nobody", "", "\0", "\ud800", None, 7, ["chen"], "x" * 100_000):
        with pytest.raises(NotFound):
            await add_member(people.ben, people.room, unknown)
    assert len(published) == 1


async def test_outsiders_cannot_add_users(people, published) -> None:
    dina = await person("dina")
    published.clear()
    for name in ("chen", "dina", "nobody"):  # and do not learn which accounts exist
        with pytest.raises(NotFound) as refused:
            await add_member(people.chen, people.room, name)
        assert refused.value.message == NotFound().message
    assert set(await roles(people.asha, people.room)) == {"asha", "ben"}
    assert published == []
    await add_member(people.asha, people.room, "dina")
    assert await rooms.get(dina, people.room)


async def test_a_newcomer_has_nothing_unread(people) -> None:
    room = await public(people.asha)
    for number in range(3):
        await messages.send(people.asha, room, "Hello", f"message-{number}")
    await memberships.join(people.chen, room)
    await add_member(people.asha, room, "ben")
    for viewer in (people.chen, people.ben):
        assert (await rooms.get(viewer, room)).unread == 0
    await messages.send(people.asha, room, "Hello", "message-3")
    assert (await rooms.get(people.chen, room)).unread == 1


async def test_concurrent_joins_create_one_membership(people, published) -> None:
    room = await public(people.asha)
    published.clear()
    await asyncio.gather(*[memberships.join(people.chen, room) for _ in range(10)])
    assert (await memberships.members(people.chen, room)).total == 2
    assert published == [events.MemberJoined(room, people.chen.user_id)]


async def test_the_event_is_published_after_the_commit(people) -> None:
    """Listeners find the membership in the database."""
    room = await public(people.asha)
    found: list[asyncio.Task[dict[str, str]]] = []
    undo = events.subscribe(
        events.MemberJoined,
        lambda _event: found.append(asyncio.ensure_future(roles(people.asha, room))),
    )
    await memberships.join(people.chen, room)
    undo()
    [look] = found
    assert "chen" in await look


# -- leaving ----------------------------------------------------------------------------------


async def test_former_members_cannot_read_or_write(people, published) -> None:
    await messages.send(people.ben, people.room, "Goodbye", "message-1")
    published.clear()
    await memberships.leave(people.ben, people.room)
    assert published == [events.MemberLeft(people.room, people.ben.user_id)]
    assert people.room not in [room.room_id for room in await rooms.mine(people.ben)]
    attempts = [
        messages.send(people.ben, people.room, "Still here", "message-2"),
        messages.send(people.ben, people.room, "Goodbye", "message-1"),
        history.since(people.ben, people.room, history.ShownRange(last=0)),
        history.older(people.ben, people.room, 5),
        rooms.get(people.ben, people.room),
        memberships.members(people.ben, people.room),
        settings.change(people.ben, people.room, name="Mine", topic=""),
        add_member(people.ben, people.room, "chen"),
        memberships.leave(people.ben, people.room),
        memberships.join(people.ben, people.room),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound):
            await attempt
    assert len(published) == 1
    page = await history.since(people.asha, people.room, history.ShownRange(last=0))
    assert [message.text for message in page.messages] == ["Goodbye"]


async def test_when_the_owner_leaves_the_oldest_member_inherits(people) -> None:
    await add_member(people.asha, people.room, "chen")
    await database.write(
        lambda session: session.exec(
            update(Membership)
            .where(Membership.user_id == people.chen.user_id)
            .values(joined_at=now() - timedelta(days=1))
        )
    )
    await memberships.leave(people.asha, people.room)
    assert await roles(people.ben, people.room) == {"ben": Role.MEMBER, "chen": Role.OWNER}
    await settings.change(people.chen, people.room, name="Chen's", topic="")
    with pytest.raises(Forbidden):
        await settings.change(people.ben, people.room, name="Ben's", topic="")


async def test_when_a_member_leaves_the_owner_stays(people) -> None:
    await add_member(people.asha, people.room, "chen")
    await memberships.leave(people.ben, people.room)
    assert await roles(people.asha, people.room) == {"asha": Role.OWNER, "chen": Role.MEMBER}


async def test_when_one_of_two_owners_leaves_nobody_inherits(people) -> None:
    await add_member(people.asha, people.room, "chen")
    await database.write(
        lambda session: session.exec(
            update(Membership)
            .where(Membership.user_id == people.chen.user_id, Membership.room_id == people.room)
            .values(role=Role.OWNER)
        )
    )
    await memberships.leave(people.asha, people.room)
    assert await roles(people.ben, people.room) == {"ben": Role.MEMBER, "chen": Role.OWNER}


async def test_an_empty_public_room_can_be_joined_again(people) -> None:
    room = await public(people.asha)
    await memberships.leave(people.asha, room)
    [left] = await rooms.discover(people.chen, "Chess")
    assert (left.members, left.joined) == (0, False)
    await memberships.join(people.chen, room)
    assert set(await roles(people.chen, room)) == {"chen"}


async def test_rejoining_creates_a_new_membership_that_reads_the_whole_history(people) -> None:
    await memberships.change_role(people.asha, people.room, people.ben.user_id, Role.MODERATOR)
    await memberships.leave(people.ben, people.room)
    sent, _new = await messages.send(people.asha, people.room, "Where is @ben?", "while-away")
    with pytest.raises(NotFound):
        await history.since(people.ben, people.room, history.ShownRange())
    await add_member(people.asha, people.room, "ben")
    [back] = [each for each in await rooms.mine(people.ben) if each.room_id == people.room]
    assert (back.role, back.unread, back.mentions) == (Role.MEMBER, 0, 0)
    page = await history.since(people.ben, people.room, history.ShownRange())
    assert [each.seq for each in page.messages] == [sent.seq]


async def test_everybody_leaves_at_once(people) -> None:
    await add_member(people.asha, people.room, "chen")
    await asyncio.gather(
        *[
            memberships.leave(viewer, people.room)
            for viewer in (people.asha, people.ben, people.chen)
        ]
    )
    left = await database.read(
        lambda session: session.exec(
            select(Membership).where(Membership.room_id == people.room)
        ).all()
    )
    assert left == []


# -- last open room ---------------------------------------------------------------------------


async def test_the_last_open_room_is_opened_again(people) -> None:
    assert await rooms.last(people.ben) == await lobby(people.ben)
    await remember(people.ben, people.room)
    assert await rooms.last(people.ben) == people.room
    await memberships.leave(people.ben, people.room)
    assert await rooms.last(people.ben) == await lobby(people.ben)
    await memberships.leave(people.ben, await lobby(people.ben))
    assert await rooms.last(people.ben) is None


async def test_the_last_open_room_is_known_before_it_is_stored(people) -> None:
    read_positions.remember(people.ben, people.room)
    assert await rooms.last(people.ben) == people.room
    await read_positions.flush()
    assert await rooms.last(people.ben) == people.room


async def test_a_room_of_others_is_not_remembered(people) -> None:
    await remember(people.chen, people.room)
    stored = await database.read(lambda session: session.get(User, people.chen.user_id))
    assert stored.last_room_id != people.room
    assert await rooms.last(people.chen) == await lobby(people.chen)


async def remember(viewer, room: int) -> None:
    """Open the room, and wait until that is stored."""
    read_positions.remember(viewer, room)
    await read_positions.flush()


# -- finding ----------------------------------------------------------------------------------


async def test_only_members_see_members(people) -> None:
    assert await roles(people.ben, people.room) == {"asha": Role.OWNER, "ben": Role.MEMBER}
    with pytest.raises(NotFound):
        await memberships.members(people.chen, people.room)


async def test_finding_shows_public_rooms_only(people) -> None:
    chess = await public(people.asha, "Chess", "Mondays at 5")
    await public(people.ben, "Hiking")
    await memberships.join(people.chen, chess)

    async def found(viewer, words: object = "") -> list[str]:
        return [room.name for room in await rooms.discover(viewer, words)]

    everything = ["Lobby", "Chess", "Hiking"]  # most members first
    assert await found(people.chen) == everything
    assert await found(people.asha) == everything  # not even the viewer's own private ones
    assert await found(people.chen, " cHeSs ") == ["Chess"]
    assert await found(people.chen, "monday") == ["Chess"]
    assert await found(people.chen, "Study") == []
    for pattern in ("%", "_", "\\", "'"):
        assert await found(people.chen, pattern) == []
    for odd in (None, 7, ["Chess"], {"words": "Chess"}):
        assert await found(people.chen, odd) == everything
    [room] = await rooms.discover(people.chen, "Chess")
    assert (room.members, room.joined) == (2, True)
    [room] = await rooms.discover(people.ben, "Chess")
    assert room.joined is False


async def test_malformed_search_text_is_refused(people) -> None:
    assert await rooms.discover(people.chen, "Lobby")
    for words in ("\ud800", "\u202e", "a" + "\u0301" * 100):
        with pytest.raises(ServiceError) as refused:
            await rooms.discover(people.chen, words)
        assert refused.value.message.startswith("The search ")
    assert await rooms.discover(people.chen, "x" * 1_000_000) == []


async def test_the_creator_owns_the_room(people, published) -> None:
    room = await rooms.create(people.chen, name="  Book   club ", topic=" ", private=True)
    made = await rooms.get(people.chen, room)
    assert (made.name, made.topic, made.role, made.kind) == ("Book club", "", "owner", "private")
    assert published == [events.MemberJoined(room, people.chen.user_id)]
    for name in ("", "  ", "x" * 61, "\0", "a\u202eb", "\u200b", None, 7, ["Chess"]):
        with pytest.raises(ServiceError):
            await rooms.create(people.asha, name=name, topic="", private=False)
    assert len(published) == 1


async def test_creating_rooms_is_rate_limited(people) -> None:
    for number in range(10):
        await public(people.ben, f"Room {number}")
    with pytest.raises(RateLimited):
        await public(people.ben, "One more")
    await public(people.chen, "One more")


async def test_the_first_member_of_an_empty_room_owns_it(people) -> None:
    room = await rooms.create(people.asha, name="Chess", topic="", private=False)
    await memberships.leave(people.asha, room)
    await memberships.join(people.ben, room)
    await memberships.join(people.chen, room)
    assert (await rooms.get(people.ben, room)).role == "owner"
    assert (await rooms.get(people.chen, room)).role == "member"


def test_every_new_membership_is_recorded_for_apps() -> None:
    """There is one function that makes them, and it records them."""
    found = 0
    for file in (PROJECT / "services").rglob("*.py"):
        for function in ast.parse(file.read_text(encoding="utf-8")).body:
            made = [
                each
                for each in ast.walk(function)
                if isinstance(each, ast.Call)
                and isinstance(each.func, ast.Name)
                and each.func.id == "Membership"
            ]
            assert not made or "RoomEventKind.JOIN" in ast.unparse(function), file
            found += len(made)
    assert found == 1
