"""What one attacker costs everybody else: a member's round trips, and the server's memory."""

import asyncio
import sys
import time
from pathlib import Path

from benchmarks.attacks import ATTACKS
from benchmarks.client import ChatClient
from benchmarks.figures import Figure, compare, p99
from benchmarks.progress import report
from benchmarks.servers import PROJECT, Server, chat

SECONDS = 10.0
PAUSE = 0.05
"""Seconds between two messages of the member."""
MAX_P99_MS = 250.0
MAX_GROWTH_MIB = 50.0


async def measure(folder: Path) -> list[Figure]:
    """Attack the chat in each way in turn, while a member talks."""
    figures: list[Figure] = []
    with chat(folder) as server:
        async with ChatClient(server.address, "asha") as member:
            await member.log_in()
            await member.open()
            quiet = await _round_trips(member, SECONDS)
            for name in ATTACKS:
                figures += await _attack(server, member, name, quiet)
    return figures


async def _attack(
    server: Server, member: ChatClient, name: str, quiet: list[float]
) -> list[Figure]:
    report(f"{name} for {SECONDS:.0f} seconds")
    before = server.memory()
    attacker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.attacks", name, server.address, str(SECONDS)),
        cwd=PROJECT,
    )
    trips = await _round_trips(member, SECONDS)
    grown = (server.memory() - before) / 2**20
    if await attacker.wait():
        raise RuntimeError(f"the attack failed: {name}")
    return [
        compare(
            f"p99 of a member's round trip, {name}",
            [p99(trips)],
            [p99(quiet)],
            unit="ms",
            against="the same without an attack",
            most=MAX_P99_MS,
        ),
        compare(
            f"  memory that it takes, {name}",
            [max(0.0, grown)],
            [before / 2**20],
            unit="MiB",
            against="the server's memory before",
            most=MAX_GROWTH_MIB,
        ),
    ]


async def _round_trips(member: ChatClient, seconds: float) -> list[float]:
    """Send messages, and return how many seconds each took to come back."""
    trips = []
    ends = time.perf_counter() + seconds
    while (began := time.perf_counter()) < ends:
        await member.send("still here")
        trips.append(time.perf_counter() - began)
        await asyncio.sleep(PAUSE)
    return trips
