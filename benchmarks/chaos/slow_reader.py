"""Readers that stop reading: the server gives them up, and they come back by themselves."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.chaos.oracle import require
from benchmarks.chaos.proxy import Proxy
from benchmarks.chaos.retrying_client import RetryingClient
from benchmarks.chaos.room import all_agree, check, keep_connected, wait_until
from benchmarks.client import ChatClient
from benchmarks.seeding import seed
from benchmarks.servers import chat

TALKERS = 4
LONG = "**a** " * 650
"""It is as long again three times once it is drawn."""
GROWS = 64 * 2**20
"""Bytes by which the server may grow, all that it draws and keeps included."""
GIVEN_UP_WITHIN = 60.0
BACK_WITHIN = 60.0


async def run(folder: Path, *, messages: int = 800, people: int = 20) -> list[str]:
    """Say so much to so many people who do not read, then let them read; tell how it went."""
    seeded = await seed(folder, people + TALKERS, [])
    sessions = list(seeded.sessions.items())
    with chat(folder) as server:
        async with Proxy(server.port) as proxy, AsyncExitStack() as stack:
            talkers = [
                await stack.enter_async_context(ChatClient(server.address, name, session=token))
                for name, token in sessions[:TALKERS]
            ]
            readers = [
                await stack.enter_async_context(
                    RetryingClient(proxy.address, name, session=token, port=server.port)
                )
                for name, token in sessions[TALKERS:]
            ]
            for person in talkers:
                await person.open()
            for person in readers:
                await person.connect()
            async with keep_connected(readers):
                await talkers[0].send("Does everybody hear me?")
                await wait_until(lambda: all_agree(readers), BACK_WITHIN, "everybody to hear")
                before = server.memory()
                proxy.reading.clear()
                await asyncio.gather(
                    *(_send_messages(person, messages // TALKERS) for person in talkers)
                )
                began = time.monotonic()
                await wait_until(
                    lambda: server.connections() <= TALKERS,
                    GIVEN_UP_WITHIN,
                    "the server to give up those who do not read",
                )
                grown = server.memory() - before
                given_up_after = time.monotonic() - began
                require(grown < GROWS, f"the server grew by {grown / 2**20:.0f} MiB")
                proxy.reading.set()
                last = await talkers[0].send("Welcome back.")
                await wait_until(
                    lambda: all_agree(readers, at_least=last), BACK_WITHIN, "everybody to be back"
                )
            stored = check(folder, readers)
    return [
        f"{people} readers stopped while {stored} messages were said",
        f"the server grew by {grown / 2**20:.0f} MiB",
        f"all were given up within {given_up_after:.0f} s, and came back",
    ]


async def _send_messages(person: ChatClient, messages: int) -> None:
    for number in range(messages):
        await person.send(f"{number} {LONG}")
