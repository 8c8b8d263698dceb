"""Redis is away for a minute: killed, or it hangs. Messages then come from the database."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median

from benchmarks import engines
from benchmarks.chaos.cluster.postgres import Postgres
from benchmarks.chaos.cluster.processes import require_tools, running
from benchmarks.chaos.cluster.roaming_client import RoamingClient
from benchmarks.chaos.cluster.room import check, connect_all
from benchmarks.chaos.oracle import require
from benchmarks.chaos.room import keep_connected
from benchmarks.figures import p99
from benchmarks.progress import report
from benchmarks.servers import Server

PEOPLE = 12
PACE = 0.5
"""Seconds between two messages of one person."""
MAX_P99_MS = 1500.0
ARRIVES_WITHIN = 10.0


async def run(folder: Path, *, times: int = 10, seconds: float = 60) -> list[str]:
    """Take Redis away so often, for so long each time, in turn in both ways; return the facts."""
    require_tools()
    delays: list[float] = []
    with Postgres() as postgres, engines.redis() as redis:
        async with running(folder, postgres, redis, PEOPLE) as chat, AsyncExitStack() as stack:
            people = await connect_all(stack, chat)
            async with keep_connected(people):
                for turn in range(times):
                    async with _away(redis, hangs=turn % 2 == 0):
                        found = await _send_messages(people, seconds)
                    report(f"time {turn + 1}: p99 {p99(found):.0f} ms")
                    delays += found
                    # Once it is back, it is used again.
                    await asyncio.sleep(1)
                    delays += await _send_messages(people, min(seconds, 2.0))
                stored = await check(postgres, people)
    require(p99(delays) <= MAX_P99_MS, f"the p99 of the delays is {p99(delays):.0f} ms")
    return [
        f"Redis away {times} times for {seconds:g} s",
        f"{stored} messages stored once, and shown to all",
        f"to a page of another process after {1e3 * median(delays):.0f} ms (median),"
        f" {p99(delays):.0f} ms (p99), {1e3 * max(delays):.0f} ms (the last)",
    ]


@asynccontextmanager
async def _away(redis: Server, *, hangs: bool) -> AsyncIterator[None]:
    """Let Redis hang, or kill it, until the block ends."""
    if hangs:
        redis.pause()
    else:
        redis.kill()
    try:
        yield
    finally:
        if hangs:
            redis.resume()
        else:
            await asyncio.to_thread(redis.start)


async def _send_messages(people: Sequence[RoamingClient], seconds: float) -> list[float]:
    """Return after how many seconds each message arrived at each page of another process."""
    sent: list[tuple[float, int, RoamingClient]] = []
    ends = time.monotonic() + seconds

    async def talk(person: RoamingClient) -> None:
        while time.monotonic() < ends:
            began = time.perf_counter()
            sent.append((began, await person.send(f"{person.username} says {began}"), person))
            await asyncio.sleep(PACE)

    before = [len(person.received) for person in people]
    await asyncio.gather(*map(talk, people))
    last = max(seq for _began, seq, _author in sent)
    async with asyncio.timeout(ARRIVES_WITHIN):
        while any(person.newest < last for person in people):
            await asyncio.sleep(0.05)
    arrived = [
        {each.seq: each.at for each in person.received[start:]}
        for person, start in zip(people, before, strict=True)
    ]
    return [
        at[seq] - began
        for began, seq, author in sent
        for person, at in zip(people, arrived, strict=True)
        if person.server is not author.server
    ]
