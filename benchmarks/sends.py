"""How many messages are stored and acknowledged in a second."""

import asyncio
import sqlite3
import time
from contextlib import AsyncExitStack, closing
from pathlib import Path

from benchmarks.client import Person
from benchmarks.crowds.crowd import TEXT
from benchmarks.figures import Figure, compare
from benchmarks.progress import say
from benchmarks.seeding import seed
from benchmarks.servers import chat

WRITERS = 64
SECONDS = 5.0
PEER = "plain SQLite, a commit for each"


async def measure(folder: Path, *, rounds: int) -> list[Figure]:
    """Have writers send without pause in one room, and store the same texts without a chat."""
    seeded = await seed(folder, WRITERS, [50])
    rates: list[list[float]] = [[], []]
    async with AsyncExitStack() as stack:
        server = stack.enter_context(chat(folder))
        writers = [
            await stack.enter_async_context(Person(server.address, name, session=token))
            for name, token in seeded.sessions.items()
        ]
        for writer in writers:
            await writer.open(f"/rooms/{min(seeded.rooms)}")
        for turn in range(rounds):
            say(f"round {turn + 1} of {rounds}: {WRITERS} writers")
            counts = await asyncio.gather(*(_write(writer) for writer in writers))
            rates[0].append(sum(counts) / SECONDS)
            rates[1].append(await asyncio.to_thread(_plain, folder / "plain.db"))
    what = f"messages stored in a second, {WRITERS} writers"
    return [compare(what, *rates, unit="/s", against=PEER)]


async def _write(writer: Person) -> int:
    """Send one after the other; return how many showed ✓ in time."""
    end = time.perf_counter() + SECONDS
    count = 0
    while True:
        await writer.send(TEXT.format(count))
        if time.perf_counter() > end:
            return count
        count += 1


def _plain(file: Path) -> float:
    """Return how many texts SQLite stores in a second, as durably as we do."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS texts (id INTEGER PRIMARY KEY, text TEXT)")
        end = time.perf_counter() + SECONDS
        count = 0
        while time.perf_counter() < end:
            connection.execute("INSERT INTO texts (text) VALUES (?)", (TEXT.format(count),))
            count += 1
    return count / SECONDS
