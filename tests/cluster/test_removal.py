"""Who was removed from a room on one process is shown no later message, whichever sends it.

Members are removed by this process, one after the other, while pages of the two others send to the
room. The members' pages are on one of these; half of them show another room, and are sent activity.
"""

import asyncio
import random
import time
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec import Struct

from services.rooms.members import memberships
from tests.cluster.several import (
    Person,
    SeveralProcesses,
    Tab,
    Tabs,
    register,
    room_of,
)
from tests.redis_server import RedisServer

pytestmark = pytest.mark.usefixtures("here")
MEMBERS = 25
"""Who are removed from one room."""
MAX_PAUSE = 0.03
"""Seconds between two messages of one page, and between two removals, at most."""
ROUNDS = [2, pytest.param(40, marks=pytest.mark.long)]  # more of the same


class Sent(Struct, frozen=True):
    """A message, and when its sending began."""

    text: str
    at: float


class Removed(Struct, frozen=True):
    """A page of a member, and when the removal was stored."""

    tab: Tab
    at: float


@pytest.fixture(scope="module")
def chat(bus: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeveralProcesses]:
    """Two processes, on which people may send as fast as they can."""
    data = tmp_path_factory.mktemp("several") / "data"
    with SeveralProcesses(data, bus, CHAT_MESSAGE_RATE="100000 per second") as several:
        yield several


def is_of_all(data: Any) -> bool:
    """Return whether an event brings one of the messages."""
    return "of all." in str(data)


async def send_on(tab: Tab, sent: list[Sent], is_over: asyncio.Event) -> None:
    """Send one message after another, until it is over."""
    while not is_over.is_set():
        text = f"Message {len(sent)} of all."
        sent.append(Sent(text, time.monotonic()))
        await tab.send(text)
        await asyncio.sleep(random.uniform(0, MAX_PAUSE))


async def remove_all(owner: Person, room: int, pages: list[Tab]) -> list[Removed]:
    """Remove the people of these pages from a room."""
    removed = []
    for tab in pages:
        await asyncio.sleep(random.uniform(0, MAX_PAUSE))
        await memberships.remove(owner.viewer, room, tab.person.user_id)
        removed.append(Removed(tab, time.monotonic()))
    return removed


async def interleave(chat: SeveralProcesses, tabs: Tabs) -> None:
    """Do so once, with `MEMBERS` members."""
    owner, first, second = [await register(name) for name in ("asha", "ben", "chen")]
    people = [await register("member") for _member in range(MEMBERS)]
    room = await room_of(owner, first, second, *people)
    path = f"/rooms/{room}"
    senders = [await tabs.open(chat[0], first, path), await tabs.open(chat[1], second, path)]
    witness = await tabs.open(chat[1], owner, "/rooms/1")
    pages = [
        await tabs.open(chat[1], each, path if number % 2 else "/rooms/1")
        for number, each in enumerate(people)
    ]
    sent: list[Sent] = []
    is_over = asyncio.Event()
    sending = [asyncio.ensure_future(send_on(tab, sent, is_over)) for tab in senders]
    for tab in pages:
        await tab.until("chat_messages" if tab.room == room else "chat_room_activity", is_of_all)
    removed = await remove_all(owner, room, pages)
    is_over.set()
    await asyncio.gather(*sending)
    last = await senders[0].send("The last of all.")
    await senders[1].until_shown("The last of all.")
    await witness.until("chat_room_activity", lambda data: data["last"] == last)
    sent.append(Sent("The last of all.", time.monotonic()))
    for each in removed:
        frames = each.tab.everything
        late = [message.text for message in sent if message.at > each.at]
        assert late
        assert [text for text in late if text in frames] == []
    await tabs.close()


@pytest.mark.parametrize("rounds", ROUNDS)
async def test_with_redis(chat: SeveralProcesses, tabs: Tabs, rounds: int) -> None:
    for _round in range(rounds):
        await interleave(chat, tabs)


@pytest.mark.parametrize("rounds", ROUNDS)
async def test_without_redis(
    chat: SeveralProcesses, tabs: Tabs, bus: RedisServer, rounds: int
) -> None:
    bus.kill()
    try:
        for _round in range(rounds):
            await interleave(chat, tabs)
    finally:
        bus.start()
