"""The clock of one process is five minutes ahead of the others'."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks import engines
from benchmarks.chaos.clock import faked_clock
from benchmarks.chaos.cluster.postgres import Postgres
from benchmarks.chaos.cluster.processes import require_tools, running
from benchmarks.chaos.cluster.room import check, connect_all, query
from benchmarks.chaos.oracle import require
from benchmarks.chaos.room import keep_connected
from benchmarks.figures import p99

PEOPLE = 6
AHEAD_SECONDS = 300
PACE = 1.0
MAX_P99_MS = 1500.0


async def run(folder: Path, *, seconds: float = 60) -> list[str]:
    """Send messages on all processes for so long; return the facts."""
    require_tools()
    clock = faked_clock(folder.with_name("clock"), AHEAD_SECONDS)
    with Postgres() as postgres, engines.redis() as redis:
        async with (
            running(folder, postgres, redis, PEOPLE, variables={0: clock}) as chat,
            AsyncExitStack() as stack,
        ):
            people = await connect_all(stack, chat)
            async with keep_connected(people):
                delays: list[float] = []
                ends = time.monotonic() + seconds
                while time.monotonic() < ends:
                    for author in people:
                        began = time.monotonic()
                        seq = await author.send(f"{author.username} says what time it is")
                        async with asyncio.timeout(10):
                            while any(each.newest < seq for each in people):
                                await asyncio.sleep(0.01)
                        delays.append(time.monotonic() - began)
                    await asyncio.sleep(PACE)
                lost = [each.username for each in people if each.connections > 1]
                stored = await check(postgres, people)
        [(apart,)] = query(
            postgres,
            "SELECT extract(epoch FROM max(created_at) - min(created_at))::float FROM messages",
        )
    require(apart >= AHEAD_SECONDS - 5, f"the clocks were {apart:.0f} s apart only")
    require(not lost, f"these lost their connection: {lost}")
    require(p99(delays) <= MAX_P99_MS, f"the p99 of the delays is {p99(delays):.0f} ms")
    return [
        f"a clock {AHEAD_SECONDS} s ahead",
        f"{stored} messages stored once and in order, shown to all",
        f"after {p99(delays):.0f} ms (p99)",
    ]
