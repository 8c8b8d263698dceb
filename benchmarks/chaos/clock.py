"""The clock is set back by an hour while people send messages, and corrected later."""

import asyncio
import platform
import sqlite3
from contextlib import AsyncExitStack, closing
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from benchmarks.chaos.oracle import MissingTool, compare, require
from benchmarks.chaos.room import connect_all
from benchmarks.client import ChatClient
from benchmarks.seeding import seed
from benchmarks.servers import chat
from services.core.disk import data_folder

PEOPLE = 4
HOUR = 3600
CACHE_SECONDS = 1
"""How long the library takes the clock as it was: to look for each call costs most of a start."""
LIBRARY = Path(f"/usr/lib/{platform.machine()}-linux-gnu/faketime/libfaketime.so.1")
"""Debian's library that fakes the clock."""


async def run(folder: Path, *, seconds: float = 30) -> list[str]:
    """Send messages for so many seconds before and after both changes; return the facts.

    Half a minute is longer than Engine.IO's pings and their answers take.
    """
    ahead = folder.with_name(f"{folder.name}.clock")
    faked = faked_clock(ahead, 0)
    seeded = await seed(folder, PEOPLE, [])
    with chat(folder, **faked) as server:
        async with AsyncExitStack() as stack:
            people = await connect_all(stack, server, seeded, ChatClient)
            for person in people:
                await person.open()
            await _send_messages(people, seconds)
            await _change(ahead, f"-{HOUR}")
            await _send_messages(people, seconds)
            # Sessions from before are valid, and somebody new can register.
            newcomer = await stack.enter_async_context(ChatClient(server.address, "newcomer"))
            await newcomer.log_in()
            for person in (people[0], newcomer):
                await person.open()
                await person.send("What time is it?")
            await _change(ahead, "+0")
            people.append(newcomer)
            await _send_messages(people, seconds)
            require(
                not any(person.is_disconnected for person in people), "somebody lost the connection"
            )
            stored = compare(folder, people, settled=True)
    back = _set_back(folder)
    require(back > HOUR * 0.9, "the clock was not set back")
    return [f"{stored} messages stored once and in order", f"the clock was {back:.0f} s back"]


def faked_clock(file: Path, seconds: int) -> dict[str, str]:
    """Return variables for a process whose clock is ahead by what `file` says: so many seconds.

    Raises `MissingTool` where that cannot be.
    """
    if not LIBRARY.exists():
        raise MissingTool("faketime is not installed")
    file.write_text(f"{seconds:+}")
    return {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_CACHE_DURATION": str(CACHE_SECONDS),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        # The library would mend a fault of older systems; on newer ones, threads that wait for
        # Python's lock then go round and round, and take ten times as long.
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",
    }


async def _change(clock: Path, by: str) -> None:
    """Change the clock, and wait until the server knows: it looks into the file now and then."""
    clock.write_text(by)
    await asyncio.sleep(2 * CACHE_SECONDS)


async def _send_messages(people: list[ChatClient], seconds: float) -> None:
    """Let each person send a message that all must receive, about every second."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + seconds
    while True:
        for person in people:
            seq = await person.send(f"{person.username} says something")
            async with asyncio.timeout(10):
                while any(each.last < seq for each in people):
                    await asyncio.sleep(0.02)
        if loop.time() >= ends:
            return
        await asyncio.sleep(1)


def _set_back(folder: Path) -> float:
    """Return the most seconds by which a message is older than the one before it."""
    with closing(sqlite3.connect(folder / data_folder.DATABASE)) as database:
        rows = database.execute("SELECT created_at FROM messages ORDER BY seq").fetchall()
    times = [datetime.fromisoformat(at) for (at,) in rows]
    return max((a - b).total_seconds() for a, b in pairwise(times))
