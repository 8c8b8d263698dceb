"""Whether closed pages leave anything in the server's memory: a day's worth of visits."""

import asyncio
from pathlib import Path

from benchmarks.client import ChatClient
from benchmarks.figures import Figure, compare
from benchmarks.progress import report
from benchmarks.seeding import Seeded, seed
from benchmarks.servers import Server, chat

PEOPLE = 400
AT_ONCE = 8
FIRST, ALL = 1_000, 20_000
"""The server's memory is measured after this many visits, and again at the end."""
GONE = 30.0
"""Seconds after which a closed page is forgotten; until then a phone may wake and reconnect."""
GOAL = 1.1


async def measure(folder: Path, *, visits: int = ALL) -> list[Figure]:
    """Open and close pages of a room, a few at a time."""
    seeded = await seed(folder, PEOPLE, [1_000])
    with chat(folder) as server:
        first = min(FIRST, visits // 2)
        await _visit(server, seeded, 0, first)
        before = await _memory(server)
        for start in range(first, visits, FIRST):
            await _visit(server, seeded, start, min(start + FIRST, visits))
        after = await _memory(server)
    return [
        compare(
            f"server memory after {visits:,} came and went",
            [after],
            [before],
            unit="MiB",
            against=f"after the first {first:,}",
            goal=GOAL,
        )
    ]


async def _visit(server: Server, seeded: Seeded, start: int, end: int) -> None:
    """Make visits `start` to `end`, `AT_ONCE` at a time."""
    report(f"visits {start:,} to {end:,}")
    numbers, people = iter(range(start, end)), list(seeded.sessions.items())

    async def visit() -> None:
        for number in numbers:
            name, token = people[number % PEOPLE]
            async with ChatClient(server.address, name, session=token) as person:
                await person.open(f"/rooms/{min(seeded.rooms)}")

    async with asyncio.TaskGroup() as group:
        for _visitor in range(AT_ONCE):
            group.create_task(visit())


async def _memory(server: Server) -> float:
    await asyncio.sleep(GONE)
    return server.memory() / 2**20
