"""Clients that stop reading: the server disconnects them, and they reconnect by themselves."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.chaos.oracle import require
from benchmarks.chaos.proxy import Proxy
from benchmarks.chaos.retrying_client import RetryingClient
from benchmarks.chaos.room import all_agree, check, keep_connected, wait_until
from benchmarks.client import ChatClient, Rejected
from benchmarks.seeding import seed
from benchmarks.servers import chat

TALKERS = 4
LONG = "**a** " * 650
"""Drawn as HTML it is four times as long."""
GROWS = 64 * 2**20
"""Bytes by which the server may grow, including what it draws and caches."""
DISCONNECTED_WITHIN = 60.0
BACK_WITHIN = 60.0
RETRY_SECONDS = 1.0


async def run(folder: Path, *, messages: int = 800, people: int = 20) -> list[str]:
    """Send messages to people who do not read, then let them read; return the facts."""
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
                await talkers[0].send("Can everybody read this?")
                await wait_until(lambda: all_agree(readers), BACK_WITHIN, "all pages to show it")
                before = server.memory()
                proxy.reading.clear()
                await asyncio.gather(
                    *(_send_messages(person, messages // TALKERS) for person in talkers)
                )
                began = time.monotonic()
                await wait_until(
                    lambda: server.connections() <= TALKERS,
                    DISCONNECTED_WITHIN,
                    "the server to disconnect those who do not read",
                )
                grown = server.memory() - before
                disconnected_after = time.monotonic() - began
                require(grown < GROWS, f"the server grew by {grown / 2**20:.0f} MiB")
                proxy.reading.set()
                last = await talkers[0].send("Welcome back.")
                await wait_until(
                    lambda: all_agree(readers, at_least=last), BACK_WITHIN, "everybody to be back"
                )
            stored = check(folder, readers)
    return [
        f"{people} readers stopped while {stored} messages were sent",
        f"the server grew by {grown / 2**20:.0f} MiB",
        f"all were disconnected within {disconnected_after:.0f} s, and came back",
    ]


async def _send_messages(person: ChatClient, messages: int) -> None:
    """Send long messages; on a slow machine, drawing them uses up what one person may."""
    for number in range(messages):
        while True:
            try:
                await person.send(f"{number} {LONG}")
                break
            except Rejected as refused:
                if "too fast" not in str(refused):
                    raise
                await asyncio.sleep(RETRY_SECONDS)
