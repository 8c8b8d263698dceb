"""Another program locks the database for half a minute."""

import asyncio
import sqlite3
import time
from contextlib import AsyncExitStack, closing
from pathlib import Path

from benchmarks.chaos.oracle import require
from benchmarks.chaos.retrying_client import RetryingClient
from benchmarks.chaos.room import all_agree, check, connect_all, keep_connected, wait_until
from benchmarks.client import ChatClient
from benchmarks.seeding import seed
from benchmarks.servers import chat
from services.core.disk import data_folder

PEOPLE = 4
EACH = 5
"""Messages that each person sends, one after the other."""
BUSY = "The database is busy."
WITHIN = 60.0
GROWS = 16 * 2**20
"""Bytes by which the server may grow during that time."""


async def run(folder: Path, *, seconds: float = 30) -> list[str]:
    """Lock the database for so many seconds while people write; return the facts."""
    seeded = await seed(folder, PEOPLE, [])
    with chat(folder) as server:
        async with AsyncExitStack() as stack:
            people = await connect_all(stack, server, seeded, RetryingClient)
            for person in people:
                await person.connect()
            name, token = next(iter(seeded.sessions.items()))
            visitor = ChatClient(server.address, name, session=token)
            await stack.enter_async_context(visitor)
            async with keep_connected(people):
                await asyncio.gather(*map(_send_messages, people))
                before = server.memory()
                with closing(sqlite3.connect(folder / data_folder.DATABASE)) as other:
                    other.execute("BEGIN IMMEDIATE")
                    sending = [asyncio.create_task(_send_messages(person)) for person in people]
                    await asyncio.sleep(seconds)
                    require(not any(each.done() for each in sending), "a write went past the lock")
                    await visitor.open()  # opening a page works all the time
                began = time.monotonic()
                await wait_until(
                    lambda: all(each.done() for each in sending), WITHIN, "all to be stored"
                )
                took = time.monotonic() - began
                await wait_until(lambda: all_agree(people), WITHIN, "all pages to show the same")
            grown = server.memory() - before
            stored = check(folder, people)
    for person in people:
        numbers = list(person.confirmed.values())
        require(numbers == sorted(numbers), f"{person.username} was stored in another order")
    refusals = {sentence for person in people for sentence in person.errors}
    require(
        all(sentence.startswith(BUSY) for sentence in refusals), f"unexpected refusals: {refusals}"
    )
    require(grown < GROWS, f"the server grew by {grown / 2**20:.0f} MiB")
    return [
        f"locked for {seconds:g} s",
        f"{stored} messages stored once and in order, the last {took:.1f} s after that",
        f"refusals: {' '.join(refusals) or 'none, they waited'}",
    ]


async def _send_messages(person: RetryingClient) -> None:
    """Send messages one after the other, each once the one before is stored."""
    for number in range(EACH):
        await person.enqueue(f"{person.username} says {number}")
        while person.unconfirmed:
            await asyncio.sleep(0.05)
