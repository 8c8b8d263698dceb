"""`kill -9` of one of three processes, while people send messages in all of them."""

import asyncio
import random
import time
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

from benchmarks import engines
from benchmarks.chaos.cluster.postgres import Postgres
from benchmarks.chaos.cluster.processes import require_tools, running
from benchmarks.chaos.cluster.roaming_client import RoamingClient
from benchmarks.chaos.cluster.room import check, compare, connect_all, talking
from benchmarks.chaos.oracle import require
from benchmarks.chaos.room import keep_connected
from benchmarks.progress import report

BACK_WITHIN, BACK_MEDIAN = 10.0, 3.0
"""Seconds in which all are back on another process, and half of them."""
MAX_SECONDS = 1.0
"""The most seconds for which all processes are there before one is killed."""
PACE = 1.0
"""Seconds between two messages of one person."""
GIVE_UP = 60.0


async def run(
    folder: Path, *, rounds: int = 50, people: int = 100, random_seed: int = 0
) -> list[str]:
    """Kill one process after another, `rounds` times; return the facts."""
    require_tools()
    rng = random.Random(random_seed)
    waits: list[float] = []
    with Postgres() as postgres, engines.redis() as redis:
        async with running(folder, postgres, redis, people) as chat, AsyncExitStack() as stack:
            everybody = await connect_all(stack, chat)
            async with keep_connected(everybody):
                async with talking(everybody, pace=PACE):
                    for turn in range(rounds):
                        await asyncio.sleep(rng.uniform(0, MAX_SECONDS))
                        # The one that most are on, as those who had to go do not come back to it.
                        victim = max(
                            chat.servers, key=lambda each: len(_on(everybody, each.address))
                        )
                        gone = _on(everybody, victim.address)
                        victim.kill()
                        found = await _come_back(gone)
                        waits += found
                        report(f"kill {turn + 1}: {len(gone)} back after {max(found):.1f} s")
                        await asyncio.to_thread(victim.start)
                        compare(postgres, everybody)
                stored = await check(postgres, everybody)
    require(max(waits) <= BACK_WITHIN, f"somebody was back after {max(waits):.1f} s only")
    require(median(waits) <= BACK_MEDIAN, f"half were back after {median(waits):.1f} s only")
    return [
        f"{rounds} kills",
        f"{stored} messages of {people} people stored once",
        f"pages back after {median(waits):.1f} s (median), {max(waits):.1f} s (the last)",
    ]


def _on(people: list[RoamingClient], address: str) -> list[RoamingClient]:
    return [each for each in people if each.is_here and each.server.address == address]


async def _come_back(people: list[RoamingClient]) -> list[float]:
    """Return after how many seconds each is connected again, and shows all that is new."""
    began = time.monotonic()
    left, waits = list(people), []
    while left:
        waited = time.monotonic() - began
        require(waited < GIVE_UP, f"{len(left)} of {len(people)} did not come back")
        await asyncio.sleep(0.05)
        back = [each for each in left if each.is_here]
        waits += [time.monotonic() - began] * len(back)
        left = [each for each in left if not each.is_here]
    return waits
