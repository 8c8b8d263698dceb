"""PostgreSQL is restarted, or crashes, while people send messages in all processes."""

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks import engines
from benchmarks.chaos.cluster.postgres import Postgres
from benchmarks.chaos.cluster.processes import require_tools, running
from benchmarks.chaos.cluster.roaming_client import RoamingClient
from benchmarks.chaos.cluster.room import check, compare, connect_all
from benchmarks.chaos.oracle import require
from benchmarks.chaos.room import keep_connected
from benchmarks.client import Rejected
from benchmarks.progress import report

PEOPLE = 12
PACE = 0.05
AGAIN_WITHIN = 5.0
"""Seconds after which every process stores messages again."""


async def run(folder: Path, *, times: int = 10, away: float = 1.0) -> list[str]:
    """Restart it so often, every second time as after a crash; return the facts.

    `away` is for how many seconds it does not run.
    """
    require_tools()
    rng = random.Random(times)
    waits: list[float] = []
    with Postgres() as postgres, engines.redis() as redis:
        async with running(folder, postgres, redis, PEOPLE) as chat, AsyncExitStack() as stack:
            people = await connect_all(stack, chat)
            async with keep_connected(people):
                sending = [asyncio.create_task(_send_messages(person)) for person in people]
                for turn in range(times):
                    await asyncio.sleep(rng.uniform(0.5, 1.5))
                    await asyncio.to_thread(postgres.stop, "immediate" if turn % 2 else "fast")
                    await asyncio.sleep(away)
                    await asyncio.to_thread(postgres.start)
                    waits.append(await _all_send(people))
                    report(f"restart {turn + 1}: sending again after {waits[-1]:.1f} s")
                for task in sending:
                    task.cancel()
                for result in await asyncio.gather(*sending, return_exceptions=True):
                    if isinstance(result, Exception):
                        raise result
                refused = sum(len(person.refused) for person in people)
                unknown = sum(
                    "Reload" in sentence for each in people for sentence in each.refused.values()
                )
                compare(postgres, people)
                stored = await check(postgres, people)
    require(max(waits) <= AGAIN_WITHIN, f"sending again took {max(waits):.1f} s")
    return [
        f"{times} restarts",
        f"{stored} messages stored once",
        f"{refused} refused, of {unknown} of which nobody knew whether it was stored",
        f"sending again after at most {max(waits):.1f} s",
    ]


async def _send_messages(person: RoamingClient) -> None:
    """Send messages one after the other; what is refused is not sent again."""
    number = 0
    while True:
        number += 1
        try:
            await person.send(f"{person.username} says {number}")
        except (Rejected, TimeoutError):
            await asyncio.sleep(PACE)
        await asyncio.sleep(PACE)


async def _all_send(people: Sequence[RoamingClient]) -> float:
    """Return after how many seconds everybody has sent something."""
    began = time.monotonic()
    before = [len(person.confirmed) for person in people]
    while any(len(person.confirmed) <= count for person, count in zip(people, before, strict=True)):
        require(time.monotonic() - began < 6 * AGAIN_WITHIN, "somebody cannot send any more")
        await asyncio.sleep(0.05)
    return time.monotonic() - began
