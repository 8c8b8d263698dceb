"""`kill -9` while eight people write: what showed ✓ is there once, and nothing has a gap."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest

from benchmarks.client import Person
from benchmarks.line import Lost
from tests.server import Server

WRITERS = ("asha", "ben", "chen", "devi", "emre", "fay", "gita", "hugo")
ROUNDS = 3
CONFIRMED_BEFORE = 40
"""How many messages show ✓ in a round before the server is killed."""


@pytest.fixture
async def writers(tmp_path: Path) -> AsyncIterator[tuple[Server, list[Person]]]:
    """Eight people in the Lobby of a real server."""
    server = Server(tmp_path / "data", CHAT_MESSAGE_RATE="100000 per second").start()
    async with AsyncExitStack() as stack:
        people = [await stack.enter_async_context(Person(server.address, name)) for name in WRITERS]
        for person in people:
            await person.enter()
        yield server, people
    if server.process.poll() is None:
        server.stop()


async def test_what_showed_a_tick_is_there_once_after_a_kill(writers, tmp_path: Path) -> None:
    server, people = writers
    for _round in range(ROUNDS):
        for person in people:
            await person.open()
        goal = confirmed(people) + CONFIRMED_BEFORE
        writing = [asyncio.create_task(write_until_cut(person)) for person in people]
        while confirmed(people) < goal:
            await asyncio.sleep(0.005)
        server.kill()
        await asyncio.gather(*writing)
        check(tmp_path / "data" / "chat.db", people)
        await asyncio.to_thread(server.start)
    for person in people:
        await person.open()
        await person.send_waiting()
        assert not person.waiting
    check(tmp_path / "data" / "chat.db", people)


def confirmed(people: list[Person]) -> int:
    return sum(len(person.confirmed) for person in people)


async def write_until_cut(person: Person) -> None:
    """Write as fast as the answers come, until the line goes down."""
    number = 0
    while True:
        number += 1
        try:
            await person.send(f"{person.username} says {number}")
        except Lost:
            return


def check(file: Path, people: list[Person]) -> None:
    """Compare what people were shown with what the database holds."""
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = database.execute(
            "SELECT client_message_id, seq FROM messages WHERE room_id = 1"
        ).fetchall()
        last_seq = database.execute("SELECT last_seq FROM rooms WHERE id = 1").fetchone()[0]
    stored = dict(rows)
    assert len(stored) == len(rows)
    assert sorted(stored.values()) == list(range(1, len(rows) + 1))
    assert last_seq == len(rows)
    for person in people:
        assert person.confirmed
        for client_id, seq in person.confirmed.items():
            assert stored[client_id] == seq
