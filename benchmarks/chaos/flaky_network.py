"""Connections that lose and delay frames in both directions and break at random."""

import asyncio
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from benchmarks.chaos.proxy import Proxy
from benchmarks.chaos.retrying_client import RetryingClient
from benchmarks.chaos.room import all_agree, check, keep_connected, wait_until
from benchmarks.seeding import seed
from benchmarks.servers import chat
from benchmarks.socketio_client import ConnectionLost

PEOPLE = 8
PACE = 0.2
"""Seconds between two messages of one person."""
CALM_WITHIN = 60.0
"""Seconds in which all pages must agree once the connections are good again."""


async def run(folder: Path, *, seconds: float = 60, random_seed: int = 0) -> list[str]:
    """Send messages over bad connections for some seconds, then over good ones; return the facts.

    In the end every page shows the same history, each message once and in the order of `seq`.
    """
    seeded = await seed(folder, PEOPLE, [])
    with chat(folder) as server:
        async with Proxy(server.port, seed=random_seed) as proxy, AsyncExitStack() as stack:
            people = [
                await stack.enter_async_context(
                    RetryingClient(proxy.address, name, session=token, port=server.port)
                )
                for name, token in seeded.sessions.items()
            ]
            async with keep_connected(people):
                proxy.is_flaky = True
                await asyncio.gather(*(_send_messages(person, seconds) for person in people))
                proxy.is_flaky = False
                # A client that lost the last message notices with the next one.
                await people[0].enqueue("calm again")
                await wait_until(
                    lambda: all_agree(people), CALM_WITHIN, "all pages to show the same"
                )
            stored = check(folder, people)
    did = proxy.counts
    return [
        f"{stored} messages shown once to each of {PEOPLE}",
        f"{did['lost']} frames lost, {did['delayed']} delayed, {did['cut']} connections cut",
        f"{sum(person.connections for person in people)} connections made",
    ]


async def _send_messages(person: RetryingClient, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    ends, number = loop.time() + seconds, 0
    while loop.time() < ends:
        number += 1
        with suppress(ConnectionLost):  # then it is sent after reconnecting
            await person.enqueue(f"{person.username} says {number}")
        await asyncio.sleep(PACE)
