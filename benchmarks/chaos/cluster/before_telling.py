"""A process is killed as soon as a commit of it is seen: the others may not have been told."""

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from benchmarks import engines
from benchmarks.chaos.cluster.postgres import Postgres
from benchmarks.chaos.cluster.processes import require_tools, running
from benchmarks.chaos.cluster.relay import HeldHints
from benchmarks.chaos.cluster.roaming_client import RoamingClient
from benchmarks.chaos.cluster.room import check, connect_all, wait_for_all
from benchmarks.chaos.oracle import ROOM, require
from benchmarks.chaos.room import keep_connected
from benchmarks.progress import report
from benchmarks.servers import Server

PEOPLE = 6
SHOWN_WITHIN = 5.0
"""Seconds in which the others are shown what they were not told of."""
COMMITTED_WITHIN = 10.0


async def run(folder: Path, *, times: int = 20) -> list[str]:
    """Kill a process so often, each time after a message in a room that is quiet otherwise.

    It is killed as fast as can be; and every second time what it tells cannot get out before.
    """
    require_tools()
    waits: list[float] = []
    untold = 0
    async with AsyncExitStack() as stack:
        postgres = stack.enter_context(Postgres())
        redis = stack.enter_context(engines.redis())
        relays = [await stack.enter_async_context(HeldHints(redis.port)) for _process in range(3)]
        ports = {number: relay.port for number, relay in enumerate(relays)}
        chat = await stack.enter_async_context(
            running(folder, postgres, redis, PEOPLE, bus_ports=ports)
        )
        everybody = await connect_all(stack, chat)
        async with keep_connected(everybody):
            for turn in range(times):
                await wait_for_all(everybody)
                author = everybody[turn % PEOPLE]
                relay = relays[chat.servers.index(author.server)]
                others = [each for each in everybody if each.server is not author.server]
                heard = asyncio.create_task(asyncio.to_thread(_hear, redis, 2.0))
                await asyncio.sleep(0.2)  # it listens
                relay.is_holding = turn % 2 == 1
                victim = author.server
                killing = asyncio.create_task(asyncio.to_thread(_kill, postgres, victim, turn))
                await author.enqueue(f"last words {turn}")
                await killing
                waits.append(await _shown(others, turn + 1))
                relay.is_holding = False
                untold += turn + 1 not in await heard
                report(f"kill {turn + 1}: shown to the others after {waits[-1]:.1f} s")
                await asyncio.to_thread(victim.start)
            stored = await check(postgres, everybody)
    require(untold >= times // 2, "the others were told before the process was killed")
    return [
        f"{times} kills, {untold} before the others were told",
        f"{stored} messages stored once",
        f"shown to the others after {max(waits):.1f} s at most",
    ]


async def _shown(people: Sequence[RoamingClient], seq: int) -> float:
    """Return after how many seconds all are shown a message."""
    began = time.monotonic()
    while any(each.newest < seq for each in people):
        require(time.monotonic() - began < SHOWN_WITHIN, "others are not shown what is stored")
        await asyncio.sleep(0.05)
    return time.monotonic() - began


def _kill(postgres: Postgres, victim: Server, before: int) -> int:
    """Kill a process once there are more messages than `before`; return the number of the last."""
    import psycopg

    statement = "SELECT last_seq FROM rooms WHERE id = %s"
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        cursor = connection.cursor()
        until = time.monotonic() + COMMITTED_WITHIN
        while time.monotonic() < until:
            [(last,)] = cursor.execute(statement, (ROOM,), prepare=True).fetchall()
            if last > before:
                victim.kill()
                return int(last)
    raise TimeoutError("nothing was stored")


def _hear(redis: Server, seconds: float) -> set[int]:
    """Return the numbers of the messages that processes tell each other of, for some seconds."""
    import redis as library

    found: set[int] = set()
    with library.Redis(port=redis.port) as client, client.pubsub() as subscription:
        subscription.psubscribe("*")
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            message: dict[str, Any] | None = subscription.get_message(timeout=left)
            if message is not None and message["type"] == "pmessage":
                hints = json.loads(message["data"])["hints"]
                found |= {each["hint"]["seq"] for each in hints if each["kind"] == "Sent"}
    return found
