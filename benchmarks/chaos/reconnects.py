"""All clients lose their connection at once, and reconnect within a second."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.chaos.oracle import require
from benchmarks.chaos.retrying_client import RetryingClient
from benchmarks.chaos.room import all_agree, check, connect_all, keep_connected, wait_until
from benchmarks.seeding import seed
from benchmarks.servers import chat

AT_A_TIME = 20
"""How many pages are opened at a time, at the start."""
GROWS = 32 * 2**20
"""Bytes by which the server may grow between the first storm and the last."""
BACK_WITHIN = 120.0


async def run(folder: Path, *, people: int = 500, storms: int = 3) -> list[str]:
    """Drop this many connections at once, several times; return the facts."""
    seeded = await seed(folder, people, [])
    took, memory = [], []
    with chat(folder) as server:
        async with AsyncExitStack() as stack:
            everybody = await connect_all(stack, server, seeded, RetryingClient)
            for person in everybody:
                person.timeout_seconds = BACK_WITHIN
            for start in range(0, people, AT_A_TIME):
                await asyncio.gather(
                    *(each.connect() for each in everybody[start : start + AT_A_TIME])
                )
            async with keep_connected(everybody):
                for number in range(storms):
                    await everybody[0].enqueue(f"before storm {number}")
                    await wait_until(
                        lambda: all_agree(everybody), BACK_WITHIN, "all pages to show it"
                    )
                    for person in everybody:
                        person.drop()
                    began = time.monotonic()
                    await everybody[0].enqueue(f"in storm {number}")
                    await wait_until(
                        lambda: all_agree(everybody), BACK_WITHIN, "everybody to be back"
                    )
                    took.append(time.monotonic() - began)
                    memory.append(server.memory())
            stored = check(folder, everybody)
    grown = memory[-1] - memory[0]
    require(grown < GROWS, f"the server grew by {grown / 2**20:.0f} MiB")
    return [
        f"{people} connections cut at once, {storms} times",
        f"everybody was back and had {stored} messages after at most {max(took):.1f} s",
        f"the server grew by {grown / 2**20:.0f} MiB after the first",
    ]
