"""While Redis is away or silent, messages come from the database; afterwards all is shown."""

import asyncio
import time
from collections.abc import Iterator
from secrets import token_hex

import pytest
from msgspec import Struct

from services.accounts import accounts, administration, blocks, preferences
from services.accounts.sessions import sessions
from services.core import joined
from services.host import appearance
from services.messages import edits, messages
from services.rooms import rooms, settings
from services.rooms.members import invitations, memberships
from tests.cluster.several import (
    Person,
    SeveralProcesses,
    Tab,
    Tabs,
    another_session,
    register,
    room_of,
    schedule_for_now,
    seqs,
)
from tests.redis_server import RedisServer

pytestmark = pytest.mark.usefixtures("here")
DELAY_SECONDS = 1.5


class Talk(Struct):
    """asha's page on one process, ben's on another, in a room of theirs."""

    asha: Tab
    ben: Tab
    room: int

    async def until_arrived(self, text: str, *, within: float) -> None:
        """Send a message, and wait until it has arrived on the other process."""
        await self.asha.send(text)
        await self.ben.until("chat_messages", lambda data: text in data["html"], within=within)


@pytest.fixture
async def talk(chat: SeveralProcesses, tabs: Tabs) -> Talk:
    asha, ben = await register("asha"), await register("ben")
    room = await room_of(asha, ben)
    path = f"/rooms/{room}"
    return Talk(await tabs.open(chat[0], asha, path), await tabs.open(chat[1], ben, path), room)


@pytest.fixture
def no_bus(bus: RedisServer, here: None) -> Iterator[RedisServer]:
    """Redis is killed; the test may start it again."""
    bus.kill()
    yield bus
    if not bus.is_running:
        bus.start()


async def until_heard(is_heard: bool) -> None:
    """Wait until this process hears the others, or no longer."""
    current = joined.current()
    assert current is not None
    async with asyncio.timeout(15):
        while current.is_bus_up != is_heard:
            await asyncio.sleep(0.02)


async def test_messages_still_arrive(talk: Talk, no_bus: RedisServer) -> None:
    await until_heard(False)
    for number in range(5):
        await talk.until_arrived(f"Number {number}", within=DELAY_SECONDS)
    await edits.edit(talk.asha.person.viewer, talk.room, 5, "Afterwards")
    await talk.ben.until_shown("Afterwards", within=DELAY_SECONDS)
    shown = [seq for data in talk.ben.all("chat_messages") for seq in seqs(data["html"])]
    assert shown == [1, 2, 3, 4, 5]
    no_bus.start()
    await until_heard(True)
    talk.ben.forget()
    await talk.until_arrived("As before", within=DELAY_SECONDS)
    await talk.ben.until("chat_room_list")  # what else may have happened


async def test_a_session_is_still_cut_within_a_second(talk: Talk, no_bus: RedisServer) -> None:
    await until_heard(False)
    await sessions.end_others(await another_session(talk.ben.person))
    await talk.ben.until_disconnected(within=1)


async def test_what_is_scheduled_is_still_sent(talk: Talk, no_bus: RedisServer) -> None:
    """By the process that does the jobs, whichever one was told."""
    await until_heard(False)
    await schedule_for_now(talk.asha.person, talk.room, "At its time")
    await talk.ben.until_shown("At its time")


async def test_afterwards_pages_show_what_has_happened(
    talk: Talk, no_bus: RedisServer, admin: Person
) -> None:
    await until_heard(False)
    asha, ben, page = talk.asha.person, talk.ben.person, talk.ben
    added, name = await room_of(asha, ben), f"Renamed {token_hex(4)}"
    await settings.change(asha.viewer, talk.room, name=name, topic="")
    await preferences.change_appearance(ben.viewer, density="compact")
    await blocks.block(ben.viewer, admin.username)
    await accounts.change_profile(ben.viewer, display_name="Ben the Second", hue=7)
    await appearance.change(admin.viewer, name="Chess club", accent="")
    page.forget()
    no_bus.start()
    listed = await page.until("chat_room_list", lambda data: name in data["html"])
    assert f'data-room-id="{added}"' in listed["html"]
    for text in ("compact", "Chess club", f'"data-blocked": "{admin.user_id}"'):
        await page.until_shown(text)
    await administration.set_admin(admin.viewer, ben.user_id, on=False)
    await appearance.change(admin.viewer, name="", accent="")


async def test_who_was_removed_in_the_meantime_is_shown_nothing_more(
    talk: Talk, no_bus: RedisServer
) -> None:
    await until_heard(False)
    await memberships.remove(talk.asha.person.viewer, talk.room, talk.ben.person.user_id)
    talk.ben.forget()
    await talk.asha.send("Without you")
    no_bus.start()
    await talk.ben.until("chat_address")  # it shows another room
    assert "Without you" not in talk.ben.everything
    await talk.ben.until(
        "chat_room_list", lambda data: f'data-room-id="{talk.room}"' not in data["html"]
    )


async def test_who_was_added_again_in_the_meantime_is_shown_all(
    talk: Talk, no_bus: RedisServer
) -> None:
    await until_heard(False)
    asha, ben = talk.asha.person.viewer, talk.ben.person
    await memberships.remove(asha, talk.room, ben.user_id)
    talk.ben.forget()
    await talk.asha.send("Without you")
    await talk.ben.until("chat_address")
    await memberships.add(asha, talk.room, ben.username)
    await invitations.accept(ben.viewer, talk.room)
    talk.ben.forget()
    no_bus.start()
    entry = f'data-room-id="{talk.room}"'
    await talk.ben.until("chat_room_list", lambda data: entry in data["html"])
    await talk.asha.send("With you")
    await talk.ben.until("chat_room_activity", lambda data: data["room"] == talk.room)


async def test_a_lost_hint_is_found(talk: Talk, bus: RedisServer) -> None:
    """The server takes hints, and nobody hears of them: the database is asked every two seconds."""
    await talk.until_arrived("Before", within=DELAY_SECONDS)
    bus.freeze()
    try:
        began = time.monotonic()
        await talk.until_arrived("In between", within=4)
        assert time.monotonic() - began < 4
    finally:
        bus.thaw()
    await talk.until_arrived("Afterwards", within=8)
    await rooms.get(talk.ben.person.viewer, talk.room)
    shown = [seq for data in talk.ben.all("chat_messages") for seq in seqs(data["html"])]
    assert shown == [1, 2, 3]


async def test_messages_of_many_rooms_arrive(
    chat: SeveralProcesses, tabs: Tabs, no_bus: RedisServer
) -> None:
    """For pages that show another room, too."""
    await until_heard(False)
    asha, ben = await register("asha"), await register("ben")
    several = [await room_of(asha, ben) for _room in range(10)]
    tab = await tabs.open(chat[1], ben, "/rooms/1")
    for room in several:
        await messages.send(asha.viewer, room, f"Hello in {room}", token_hex(16))
    for room in several:
        await tab.until(
            "chat_room_activity", lambda data, room=room: data["room"] == room, within=3
        )
