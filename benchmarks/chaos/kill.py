"""`kill -9` at random moments, while eight people send messages and files."""

import asyncio
import random
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.chaos.oracle import compare
from benchmarks.chaos.room import connect_all, reconnect_and_resend
from benchmarks.client import ChatClient, Rejected
from benchmarks.seeding import seed
from benchmarks.servers import Server, chat
from benchmarks.socketio_client import ConnectionLost

WRITERS = 8
MAX_SECONDS = 1.0
"""The most seconds that they write in a round."""
WHILE_STARTING = 0.2
"""The share of rounds in which it is killed again while it restarts."""


async def run(folder: Path, *, rounds: int = 50, random_seed: int = 0) -> list[str]:
    """Kill the server `rounds` times; return the facts."""
    seeded = await seed(folder, WRITERS, [])
    rng = random.Random(random_seed)
    with chat(folder) as server:
        async with AsyncExitStack() as stack:
            people = await connect_all(stack, server, seeded, ChatClient)
            for _round in range(rounds):
                await _send_until_killed(server, people, rng.uniform(0, MAX_SECONDS))
                compare(folder, people)
                if rng.random() < WHILE_STARTING:
                    server.launch()
                    await asyncio.sleep(rng.uniform(0, 2))
                    server.kill()
                await asyncio.to_thread(server.start)
            await asyncio.gather(*map(reconnect_and_resend, people))
            stored = compare(folder, people, settled=True)
    confirmed = sum(len(person.confirmed) for person in people)
    return [f"{rounds} kills", f"{stored} messages stored once", f"{confirmed} of them shown ✓"]


async def _send_until_killed(server: Server, people: list[ChatClient], seconds: float) -> None:
    await asyncio.gather(*map(reconnect_and_resend, people))
    sending = [asyncio.create_task(_send_messages(person)) for person in people]
    await asyncio.sleep(seconds)
    server.kill()
    await asyncio.gather(*sending)


async def _send_messages(person: ChatClient) -> None:
    """Send a file, and messages as fast as answers arrive, until the connection is lost."""
    number = 0
    try:
        sending = asyncio.create_task(_send_file(person))
        while True:
            number += 1
            await person.send(f"{person.username} says {number}")
    except ConnectionLost:
        await sending


async def _send_file(person: ChatClient) -> None:
    """Send a unique file, or one that all send."""
    own = len(person.confirmed) % 2 * person.username
    try:
        await person.send_file(f"{own} {len(person.confirmed)} ".encode() * 5000)
    except (ConnectionLost, Rejected):  # stored or not: both are fine
        return
