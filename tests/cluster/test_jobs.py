"""What only one process may do is done by one, and by another when that one is gone."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from secrets import token_hex
from typing import Any

import psutil
import pytest
from sqlmodel import col, select

from models import Message
from services.core import events
from services.db import database
from services.messages import messages
from services.push import subscriptions
from tests import postgres
from tests.cluster.several import (
    Person,
    SeveralProcesses,
    Tabs,
    register,
    room_of,
    schedule_for_now,
)
from tests.push_service import PushService, push_service
from tests.redis_server import RedisServer
from tests.server import Server

if not postgres.SERVER:
    pytest.skip("CHAT_TEST_DATABASE names no PostgreSQL", allow_module_level=True)

import psycopg

LEADER_LOCK = 0x4C656164
HANDED_OVER_SECONDS = 8.0
TAKEN_OVER_SECONDS = 30.0
"""Within which the jobs of a process that hangs are another's."""


@pytest.fixture
def chat(bus: RedisServer, tmp_path: Path) -> Iterator[SeveralProcesses]:
    """Two processes, which the test may kill."""
    folder = tmp_path / "data"
    with SeveralProcesses(folder, bus, CHAT_PUSH_TO_THIS_MACHINE="true") as several:
        yield several
    postgres.drop(folder)


@pytest.fixture
async def here(chat: SeveralProcesses) -> AsyncIterator[None]:
    """This process as the third, which leads none of the jobs: the others have begun before."""
    await leader(chat)
    async with chat.joined(push_to_this_machine=True):
        yield


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service() as running:
        yield running


def _leading_port(url: str) -> int | None:
    """Return the port of the connection that holds the lock."""
    query = (
        "SELECT client_port FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE"
        " locktype = 'advisory' AND objid = %s AND granted"
        " AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with psycopg.connect(url) as connection:
        found = connection.execute(query, [LEADER_LOCK]).fetchall()
    assert len(found) <= 1
    return int(found[0][0]) if found else None


def _ports(server: Server) -> set[int]:
    """Return the ports of the connections of a process."""
    if server.process.poll() is not None:
        return set()
    connections = psutil.Process(server.process.pid).net_connections()
    return {each.laddr.port for each in connections if each.raddr}


async def leader(chat: SeveralProcesses) -> Server:
    """Wait until one of the processes does the jobs, and return it."""
    async with asyncio.timeout(HANDED_OVER_SECONDS):
        while True:
            port = await asyncio.to_thread(_leading_port, postgres.url(chat.data))
            for each in chat.servers:
                if port is not None and port in _ports(each):
                    return each
            await asyncio.sleep(0.05)


async def another_leads(chat: SeveralProcesses, than: Server) -> None:
    """Wait until a process does the jobs that is another one: of these, or the test's own."""
    async with asyncio.timeout(TAKEN_OVER_SECONDS):
        while True:
            port = await asyncio.to_thread(_leading_port, postgres.url(chat.data))
            if port is not None and port not in _ports(than):
                return
            await asyncio.sleep(0.05)


async def logged(server: Server, words: str) -> None:
    """Wait until a process has logged something."""
    async with asyncio.timeout(HANDED_OVER_SECONDS):
        while words not in server.log.read_text():
            await asyncio.sleep(0.05)


async def due_now(person: Person, room: int, text: str) -> None:
    """Schedule a message, have its time come, and tell the process that does the jobs."""
    await schedule_for_now(person, room, text)
    events.publish(events.ScheduledChanged(person.user_id, room))


async def texts(room: int) -> list[str]:
    """Return what the messages of a room say."""
    query = select(Message.text).where(Message.room_id == room).order_by(col(Message.seq))
    return await database.read(lambda session: list(session.exec(query)))


async def test_what_is_scheduled_is_sent_once(
    chat: SeveralProcesses, here: None, tabs: Tabs
) -> None:
    asha, ben = await register("asha"), await register("ben")
    room = await room_of(asha, ben)
    tab = await tabs.open(chat[1], ben, f"/rooms/{room}")
    several = [f"Number {number}" for number in range(10)]
    for text in several:
        await due_now(asha, room, text)
    for text in several:
        await tab.until_shown(text)
    assert sorted(await texts(room)) == several


async def test_another_process_takes_the_jobs_over(
    chat: SeveralProcesses, here: None, tabs: Tabs
) -> None:
    asha, ben = await register("asha"), await register("ben")
    room = await room_of(asha, ben)
    first = await leader(chat)
    [other] = [each for each in chat.servers if each is not first]
    tab = await tabs.open(other, ben, f"/rooms/{room}")
    began = time.monotonic()
    first.kill()
    await due_now(asha, room, "From the next one")
    await tab.until_shown("From the next one", within=HANDED_OVER_SECONDS)
    assert time.monotonic() - began < HANDED_OVER_SECONDS
    assert await texts(room) == ["From the next one"]


async def test_the_jobs_of_a_process_that_hangs_are_taken_over(
    chat: SeveralProcesses, here: None, tabs: Tabs
) -> None:
    asha, ben = await register("asha"), await register("ben")
    room = await room_of(asha, ben)
    first = await leader(chat)
    [other] = [each for each in chat.servers if each is not first]
    tab = await tabs.open(other, ben, f"/rooms/{room}")
    first.pause()
    try:
        await due_now(asha, room, "While it hangs")
        await tab.until_shown("While it hangs", within=TAKEN_OVER_SECONDS)
        await another_leads(chat, than=first)
        several = [f"When it goes on {number}" for number in range(10)]
        for text in several:
            await schedule_for_now(asha, room, text)
    finally:
        first.resume()
    # For a moment two do the jobs: the one that goes on looks at once what is due.
    events.publish(events.ScheduledChanged(asha.user_id, room))
    for text in several:
        await tab.until_shown(text)
    await logged(first, "another process does the jobs of the background now")
    await another_leads(chat, than=first)
    assert sorted(await texts(room)) == sorted(["While it hangs", *several])


async def test_a_process_that_stops_hands_them_over(chat: SeveralProcesses) -> None:
    first = await leader(chat)
    assert first.stop() == 0
    assert await leader(chat) is not first


async def test_a_device_is_notified_once(
    chat: SeveralProcesses, here: None, tabs: Tabs, service: PushService
) -> None:
    asha, ben = await register("asha"), await register("ben")
    room = await room_of(asha, ben)
    phone = service.device("ben")
    await subscriptions.subscribe(ben.viewer, *phone.said, shows_text=True)
    tabs_of_asha = [await tabs.open(server, asha, f"/rooms/{room}") for server in chat.servers]

    async def told(number: int) -> list[Any]:
        taken = await asyncio.to_thread(service.wait, number)
        return [phone.read(each.body)["seq"] for each in taken]

    for number, tab in enumerate(tabs_of_asha, start=1):
        await tab.send(f"@{ben.username} from {number}")
        assert await told(number) == list(range(1, number + 1))
    await messages.send(asha.viewer, room, f"@{ben.username} from here", token_hex(16))
    assert await told(3) == [1, 2, 3]


async def test_the_people_of_a_killed_process_are_gone_soon(
    chat: SeveralProcesses, here: None, tabs: Tabs
) -> None:
    asha, ben = await register("asha"), await register("ben")
    room = await room_of(asha, ben)
    watching = await tabs.open(chat[0], asha, f"/rooms/{room}")
    await tabs.open(chat[1], ben, f"/rooms/{room}")
    who = str(ben.user_id)
    await watching.emit("watch_presence", people=[ben.user_id])
    await watching.until("chat_presence", lambda data: data["people"][who]["state"] == "active")
    chat[1].kill()
    began = time.monotonic()
    await watching.until(
        "chat_presence", lambda data: data["people"][who]["state"] == "offline", within=25
    )
    assert time.monotonic() - began < 21
