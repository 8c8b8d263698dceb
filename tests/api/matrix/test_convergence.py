"""What an app puts together from what it is told equals what a page reads, whatever happened."""

import random
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest

from models import Role
from services.core.dto import CurrentUser
from services.core.errors import ServiceError
from services.messages import edits, history, messages, pins, reactions
from services.rooms import rooms, settings
from services.rooms.members import memberships
from services.sync import items, sync
from tests.api.matrix.app import App, Room, app_of, room_id, user_id
from tests.conftest import People, add_member

EMOJI = ("👍", "🎉", "❤️")


class Chat:
    """Does things at random, in a private room and in a public one."""

    def __init__(self, people: People, public: int, dice: random.Random) -> None:
        self.people = (people.asha, people.ben, people.chen)
        self.rooms = (people.room, public)
        self.dice = dice
        self.done = 0

    async def act(self) -> None:
        """Do one thing; what is refused, is refused."""
        dice, self.done = self.dice, self.done + 1
        who, room = dice.choice(self.people), dice.choice(self.rooms)
        seq = dice.randint(1, 12)
        acts: list[Any] = [
            *[lambda: messages.send(who, room, f"text {self.done}", f"number-{self.done:06}")] * 6,
            *[lambda: edits.edit(who, room, seq, f"edited {self.done}")] * 3,
            *[lambda: edits.delete(who, room, seq)] * 2,
            *[lambda: reactions.add(who, room, seq, dice.choice(EMOJI))] * 4,
            *[lambda: reactions.remove(who, room, seq, dice.choice(EMOJI))] * 3,
            lambda: pins.pin(who, room, seq),
            lambda: pins.unpin(who, room, seq),
            lambda: settings.change(who, room, name=f"Room {self.done}", topic=""),
            lambda: settings.announce(who, room, on=dice.random() < 0.5),
            lambda: memberships.join(who, room),
            lambda: memberships.leave(who, room),
            lambda: memberships.remove(who, room, dice.choice(self.people).user_id),
            lambda: memberships.add(who, room, dice.choice(self.people).username),
            lambda: memberships.change_role(
                who, room, dice.choice(self.people).user_id, dice.choice(["moderator", "member"])
            ),
        ]
        with suppress(ServiceError):
            await dice.choice(acts)()


async def check(app: App, viewer: CurrentUser, who_is: Mapping[int, str]) -> None:
    """Compare what an app has put together with what a page reads."""
    shown = {room_id(each.room_id): each.room_id for each in await rooms.mine(viewer)}
    assert app.rooms.keys() == shown.keys()
    for name, number in shown.items():
        await app.fill(number)
        assert await as_read(viewer, number, who_is) == as_told(app.rooms[name])


async def as_read(viewer: CurrentUser, room: int, who_is: Mapping[int, str]) -> dict[str, Any]:
    """Return what pages show of a room."""
    found = (await history.older(viewer, room, 10**6)).messages
    people = (await memberships.members(viewer, room)).found
    return {
        "texts": {f"$m{each.message_id}": None if each.deleted else each.text for each in found},
        "reactions": sorted(
            (f"$m{each.message_id}", reaction.emoji, who_is[who])
            for each in found
            for reaction in each.reactions
            for who in reaction.user_ids
        ),
        "members": {user_id(each) for each in people},
        "moderators": {user_id(each) for each in people if each.role != Role.MEMBER},
        "pinned": {f"$m{each.message_id}" for each in found if each.is_pinned},
        "name": (await rooms.get(viewer, room)).name,
    }


def as_told(room: Room) -> dict[str, Any]:
    """Return the same of a room as an app knows it."""
    return {
        "texts": room.texts,
        "reactions": sorted(room.reactions.values()),
        "members": room.members,
        "moderators": room.moderators,
        "pinned": set(room.pinned),
        "name": room.name,
    }


MORE = [pytest.param(each, marks=pytest.mark.long) for each in range(6, 60)]
"""Long, as they are more of the same."""


@pytest.mark.parametrize("number", [*range(6), *MORE])
async def test_an_app_knows_what_a_page_shows(
    people: People, number: int, no_limits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if number % 2:  # answers end early, as they do with large messages
        for where, name, size in (
            (items, "ROOM_SIZE", 2_000),
            (items, "SHARED_SIZE", 4_000),
            (sync, "MAX_SIZE", 2_500),
        ):
            monkeypatch.setattr(where, name, size)
    dice = random.Random(number)
    public = await rooms.create(people.asha, name="Open", topic="", private=False)
    await memberships.join(people.chen, public)
    await add_member(people.asha, people.room, "chen")
    chat = Chat(people, public, dice)
    apps = [await app_of(each) for each in chat.people]
    who_is = {each.user_id: user_id(each) for each in chat.people}
    for app in apps:
        await app.sync()
    for _round in range(12):
        for _act in range(dice.randint(0, 15)):
            await chat.act()
        for app in apps:
            if dice.random() < 0.6:
                limit = dice.choice(["1", "3", "20"])
                await app.sync(filter=f'{{"room": {{"timeline": {{"limit": {limit}}}}}}}')
    for app, viewer in zip(apps, chat.people, strict=True):
        await app.sync()
        await check(app, viewer, who_is)
    newcomer = await app_of(people.asha)
    await newcomer.sync(filter='{"room": {"timeline": {"limit": 2}}}')
    await check(newcomer, people.asha, who_is)
