"""The server is stopped cleanly, as with Ctrl-C, while eight people send messages and files.

Each message is then stored and confirmed, or refused with a reason; or the connection is lost
before there is an answer, and the page sends it again once the server is back.
"""

import asyncio
import random
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.chaos.oracle import compare, require
from benchmarks.chaos.room import connect_all, reconnect_and_resend
from benchmarks.client import ChatClient, Rejected
from benchmarks.seeding import seed
from benchmarks.servers import chat
from benchmarks.socketio_client import ConnectionLost

WRITERS = 8
AT_ONCE = 5
"""Messages that each person sends without waiting for the answers."""
MAX_SECONDS = 0.5
"""The most seconds that they write before the server is stopped."""


async def run(folder: Path, *, rounds: int = 10, random_seed: int = 0) -> list[str]:
    """Stop the server `rounds` times; return the facts."""
    seeded = await seed(folder, WRITERS, [])
    rng = random.Random(random_seed)
    unanswered = 0
    with chat(folder) as server:
        async with AsyncExitStack() as stack:
            people = await connect_all(stack, server, seeded, ChatClient)
            for _round in range(rounds):
                await asyncio.gather(*map(reconnect_and_resend, people))
                sending = [asyncio.create_task(_send_messages(person)) for person in people]
                await asyncio.sleep(rng.uniform(0.1, MAX_SECONDS))
                code = await asyncio.to_thread(server.stop)
                require(code == 0, f"it ended with exit code {code}")
                await asyncio.gather(*sending)
                compare(folder, people)
                unanswered += sum(len(person.unconfirmed) for person in people)
                await asyncio.to_thread(server.start)
                await asyncio.gather(*map(reconnect_and_resend, people))
                compare(folder, people, settled=True)
            stored = compare(folder, people, settled=True)
    return [
        f"{rounds} stops",
        f"{stored} messages stored once",
        f"{unanswered} of them without an answer at first",
    ]


async def _send_messages(person: ChatClient) -> None:
    """Send several messages at a time, and a file, until the connection is lost."""
    number = 0
    sending = asyncio.create_task(_send_file(person))
    while True:
        number += 1
        texts = [f"{person.username} says {number}.{each}" for each in range(AT_ONCE)]
        answers = await asyncio.gather(*map(person.send, texts), return_exceptions=True)
        if any(isinstance(answer, ConnectionLost) for answer in answers):
            break
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, Rejected):
                raise answer
    await sending


async def _send_file(person: ChatClient) -> None:
    try:
        await person.send_file(f"{person.username} {len(person.confirmed)} ".encode() * 50_000)
    except (ConnectionLost, Rejected):
        return
