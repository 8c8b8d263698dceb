"""Connections that lose and delay frames both ways and are cut at random."""

import asyncio
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from benchmarks.chaos.proxy import Proxy
from benchmarks.chaos.retrying_client import Stubborn
from benchmarks.chaos.room import agree, check, staying, until
from benchmarks.seeding import seed
from benchmarks.servers import chat
from benchmarks.socketio_client import Lost

PEOPLE = 8
PACE = 0.2
"""Seconds between two messages of one person."""
CALM_WITHIN = 60.0
"""Seconds in which all must agree once the line is good again."""


async def run(folder: Path, *, seconds: float = 60, chance: int = 0) -> list[str]:
    """Have people talk over a bad line for some seconds, then over a good one; return how it went.

    In the end every page shows the same history, each message once and in the order of `seq`.
    """
    seeded = await seed(folder, PEOPLE, [])
    with chat(folder) as server:
        async with Proxy(server.port, seed=chance) as proxy, AsyncExitStack() as stack:
            people = [
                await stack.enter_async_context(
                    Stubborn(proxy.address, name, session=token, port=server.port)
                )
                for name, token in seeded.sessions.items()
            ]
            async with staying(people):
                proxy.is_rough = True
                await asyncio.gather(*(_talk(person, seconds) for person in people))
                proxy.is_rough = False
                # Who has lost the very last message sees so by the next.
                await people[0].say("calm again")
                await until(lambda: agree(people), CALM_WITHIN, "all pages to show the same")
            stored = check(folder, people)
    did = proxy.did
    return [
        f"{stored} messages shown once to each of {PEOPLE}",
        f"{did['lost']} frames lost, {did['delayed']} delayed, {did['cut']} connections cut",
        f"{sum(person.connections for person in people)} connections made",
    ]


async def _talk(person: Stubborn, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    ends, number = loop.time() + seconds, 0
    while loop.time() < ends:
        number += 1
        with suppress(Lost):  # then it waits, and is said when the line is back
            await person.say(f"{person.username} says {number}")
        await asyncio.sleep(PACE)
