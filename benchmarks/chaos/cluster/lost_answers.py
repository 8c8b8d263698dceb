"""A proxy in front of PostgreSQL loses answers to COMMIT, with the connection."""

import asyncio
import random
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks import engines
from benchmarks.chaos.cluster.postgres import Postgres
from benchmarks.chaos.cluster.processes import require_tools, running
from benchmarks.chaos.cluster.relay import CutCommits
from benchmarks.chaos.cluster.room import check, compare, connect_all, talking
from benchmarks.chaos.oracle import require
from benchmarks.chaos.room import keep_connected

PEOPLE = 9
PACE = 0.1
SHARE = 0.05
"""The share of answers that are lost."""


async def run(folder: Path, *, seconds: float = 30, random_seed: int = 0) -> list[str]:
    """Send messages for so long while answers are lost; return the facts."""
    require_tools()
    rng = random.Random(random_seed)
    is_cutting = False

    def is_due() -> bool:
        return is_cutting and rng.random() < SHARE

    async with AsyncExitStack() as stack:
        postgres = stack.enter_context(Postgres())
        redis = stack.enter_context(engines.redis())
        relay = await stack.enter_async_context(CutCommits(postgres.port, is_due=is_due))
        ports = dict.fromkeys(range(3), relay.port)
        chat = await stack.enter_async_context(
            running(folder, postgres, redis, PEOPLE, database_ports=ports)
        )
        people = await connect_all(stack, chat)
        async with keep_connected(people):
            is_cutting = True
            async with talking(people, pace=PACE):
                await asyncio.sleep(seconds)
            is_cutting = False
            compare(postgres, people)
            stored = await check(postgres, people)
    refusals = {sentence for person in people for sentence in person.errors}
    require(relay.counts["cut"], "no answer was lost")
    require(not refusals, f"unexpected refusals: {refusals}")
    return [
        f"{relay.counts['cut']} answers lost",
        f"{stored} messages stored once, and none refused",
    ]
