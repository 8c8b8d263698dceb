"""A process hangs in the middle of a transaction, while it holds the lock of who writes."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks import engines
from benchmarks.chaos.cluster.postgres import Postgres
from benchmarks.chaos.cluster.processes import require_tools, running
from benchmarks.chaos.cluster.roaming_client import RoamingClient
from benchmarks.chaos.cluster.room import check, connect_all, talking
from benchmarks.chaos.oracle import require
from benchmarks.chaos.room import keep_connected
from benchmarks.servers import Server

PEOPLE = 12
PACE = 0.03
GO_ON_WITHIN = 8.0
"""Seconds after which the others store messages again: PostgreSQL ends the transaction after 5."""
TRIES = 300


async def run(folder: Path, *, seconds: float = 20) -> list[str]:
    """Freeze a process for so long; return the facts."""
    require_tools()
    with Postgres() as postgres, engines.redis() as redis:
        async with running(folder, postgres, redis, PEOPLE) as chat, AsyncExitStack() as stack:
            people = await connect_all(stack, chat)
            victim = chat.servers[0]
            others = [person for person in people if person.server is not victim]
            async with keep_connected(people):
                async with talking(people, pace=PACE):
                    await _freeze_while_writing(victim, postgres)
                    began = time.monotonic()
                    try:
                        waited = await _go_on(others)
                        await asyncio.sleep(seconds - (time.monotonic() - began))
                        refusals = {each for one in others for each in one.refused.values()}
                    finally:
                        victim.resume()
                stored = await check(postgres, people)
    require(not refusals, f"others were refused: {refusals}")
    return [
        f"frozen for {seconds:g} s while it wrote",
        f"the others went on after {waited:.1f} s",
        f"{stored} messages stored once, and shown to all",
    ]


async def _freeze_while_writing(victim: Server, postgres: Postgres) -> None:
    """Stop a process at a moment at which it holds the lock."""
    for _try in range(TRIES):
        victim.pause()
        if await asyncio.to_thread(_holds_lock, victim, postgres):
            return
        victim.resume()
        await asyncio.sleep(0.01)
    require(False, "it was never stopped while it wrote")


def _holds_lock(victim: Server, postgres: Postgres) -> bool:
    """Return whether a transaction of a process waits for its next statement, with the lock."""
    import psycopg

    from services.db.postgres.group_commit import WRITER_LOCK

    ports = victim.ports_to(postgres.port)
    with psycopg.connect(postgres.admin_url, autocommit=True) as admin:
        found = admin.execute(
            "SELECT client_port FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE locktype = 'advisory' AND granted AND objid = %s"
            " AND state LIKE 'idle in transaction%%'",
            (WRITER_LOCK,),
        ).fetchall()
    return any(port in ports for (port,) in found)


async def _go_on(people: list[RoamingClient]) -> float:
    """Return after how many seconds everybody has stored another message."""
    began = time.monotonic()
    before = [len(person.confirmed) for person in people]
    while any(len(person.confirmed) <= count for person, count in zip(people, before, strict=True)):
        require(time.monotonic() - began < GO_ON_WITHIN, "the others do not go on")
        await asyncio.sleep(0.05)
    return time.monotonic() - began
