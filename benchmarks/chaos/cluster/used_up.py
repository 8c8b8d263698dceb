"""All connections of PostgreSQL are used by somebody else when the chat needs new ones."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks import engines
from benchmarks.chaos.cluster.postgres import USER, Postgres
from benchmarks.chaos.cluster.processes import require_tools, running
from benchmarks.chaos.cluster.roaming_client import RoamingClient
from benchmarks.chaos.cluster.room import check, compare, connect_all, query, wait_for_all
from benchmarks.chaos.oracle import require
from benchmarks.chaos.room import keep_connected
from benchmarks.client import Rejected
from benchmarks.servers import Server

PEOPLE = 6
REFUSALS = ("The database has too many connections.", "The server cannot reach its database.")
AGAIN_WITHIN = 10.0
"""Seconds after which all send again: processes look for a connection every 5."""
ENDS_WITHIN = 30.0


async def run(folder: Path, *, seconds: float = 20) -> list[str]:
    """Let the chat have no new connection for so long, and end those it has; return the facts."""
    require_tools()
    with Postgres() as postgres, engines.redis() as redis:
        async with running(folder, postgres, redis, PEOPLE) as chat, AsyncExitStack() as stack:
            people = await connect_all(stack, chat)
            async with keep_connected(people):
                _limit(postgres, 1)
                for person in people:  # those that are open are enough
                    await person.send("There are connections.")
                code = await asyncio.to_thread(_start_another, chat.servers)
                query(postgres, _END)
                refused = await _send_messages(people, seconds)
                _limit(postgres, -1)
                took = await _all_send(people)
                compare(postgres, people)
                stored = await check(postgres, people)
    unexpected = {each for each in refused if not each.startswith(REFUSALS)}
    require(not unexpected, f"unexpected refusals: {unexpected}")
    require(code == 1, f"a process without connections ended with {code}")
    require(took <= AGAIN_WITHIN, f"sending again took {took:.1f} s")
    return [
        f"{stored} messages stored once",
        f"{len(refused)} refused while there was no connection",
        f"sending again after {took:.1f} s",
    ]


_END = f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = '{USER}'"


def _limit(postgres: Postgres, connections: int) -> None:
    """Set how many connections the chat may have; -1 for as many as there are."""
    query(postgres, f"ALTER ROLE {USER} CONNECTION LIMIT {connections}")


def _start_another(servers: list[Server]) -> int:
    """Return with which code a process ends that gets no connection."""
    another = servers[0].another()
    another.launch()
    return another.wait(ENDS_WITHIN)


async def _send_messages(people: list[RoamingClient], seconds: float) -> list[str]:
    """Send messages, none of them again; return why some were refused."""
    ends = time.monotonic() + seconds
    refusals: list[str] = []

    async def talk(person: RoamingClient) -> None:
        while time.monotonic() < ends:
            try:
                await person.send("Is there a connection?", within=60)
            except Rejected as refused:
                refusals.append(str(refused))
                await asyncio.sleep(0.2)

    sending = [asyncio.create_task(talk(person)) for person in people]
    await asyncio.sleep(seconds)
    for task in sending:
        task.cancel()  # what is under way is sent again, once there is a connection
    for result in await asyncio.gather(*sending, return_exceptions=True):
        if isinstance(result, Exception):
            raise result
    return refusals


async def _all_send(people: list[RoamingClient]) -> float:
    """Return after how many seconds everybody has stored something more."""
    began = time.monotonic()
    for person in people:
        await person.enqueue("There are connections again.")
    await wait_for_all(people)
    return time.monotonic() - began
