"""The inbox: mentions across the viewer's rooms, without those by blocked users."""

from models import Block
from services.core.dto import CurrentUser
from services.db import database
from services.messages import inbox, messages
from services.messages.inbox import Inbox
from services.rooms import rooms
from services.rooms.members import memberships
from tests.conftest import add_member
from tests.query_counter import statements


async def texts(viewer: CurrentUser, before: int | None = None) -> list[str]:
    return [each.message.text for each in (await inbox.mine(viewer, before)).found]


async def say(viewer: CurrentUser, room: int, *said: str) -> None:
    for number, text in enumerate(said):
        await messages.send(viewer, room, text, f"in-{room}-{viewer.user_id}-{number}-{len(text)}")


async def test_mentions_are_listed_newest_first(people) -> None:
    other = await rooms.create(people.asha, name="Other", topic="", private=True)
    await add_member(people.asha, other, "ben")
    await say(people.asha, people.room, "one @ben", "nothing")
    await say(people.asha, other, "two @room")
    await say(people.ben, people.room, "@ben to himself")
    assert await texts(people.ben) == ["two @room", "one @ben"]
    found = await inbox.mine(people.ben)
    assert [each.title for each in found.found] == ["Other", "Study group"]
    # Sending a message has read the other one.
    assert found.unread == {found.found[0].message.message_id}
    assert await texts(people.asha) == []
    assert await inbox.mine(people.chen) == Inbox((), frozenset(), None)


async def test_mentions_in_left_rooms_or_by_blocked_users_or_before_joining_are_omitted(
    people,
) -> None:
    await say(people.asha, people.room, "one @ben", "two @room")
    await add_member(people.asha, people.room, "chen")
    assert await texts(people.chen) == []
    await database.write(
        lambda session: session.add(
            Block(user_id=people.ben.user_id, blocked_id=people.asha.user_id)
        )
    )
    assert await texts(people.ben) == []
    await say(people.asha, people.room, "three @chen")
    assert await texts(people.chen) == ["three @chen"]
    await memberships.leave(people.chen, people.room)
    assert await texts(people.chen) == []


async def test_each_batch_costs_the_same(people, monkeypatch) -> None:
    await say(people.asha, people.room, *(f"{'x' * n} @ben" for n in range(35)))
    with statements() as seen:
        first = await inbox.mine(people.ben)
    assert (len(first.found), first.before) == (30, first.found[-1].message.message_id)
    second = await inbox.mine(people.ben, first.before)
    assert (len(second.found), second.before) == (5, None)
    assert len(seen) <= 8
