"""How many messages are stored and acknowledged per second on PostgreSQL, beside SQLite.

`CHAT_TEST_DATABASE` names a database of a PostgreSQL server that flushes to the disk, as SQLite
does here; otherwise there is no figure.
"""

import asyncio
import os
import secrets
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from benchmarks import sends
from benchmarks.figures import Figure, compare
from benchmarks.progress import report
from benchmarks.seeding import Seeded, seed
from benchmarks.servers import Server, chat

GOAL = 0.6
SQLITE = "the same chat on SQLite"


async def measure(folder: Path, *, rounds: int) -> list[Figure]:
    """Send without pause from many clients in one room, on PostgreSQL and on SQLite."""
    address = os.environ.get("CHAT_TEST_DATABASE", "")
    if reason := _missing(address):
        report(f"{reason}: no figure for PostgreSQL")
        return []
    import psycopg

    name = f"benchmark_{secrets.token_hex(8)}"
    with psycopg.connect(address, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            url = urlunsplit(urlsplit(address)._replace(path=f"/{name}"))
            return await _measure(folder, url, rounds)
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _missing(address: str) -> str:
    """Return why there is nothing to measure, or nothing."""
    if not address:
        return "CHAT_TEST_DATABASE names no server"
    try:
        import psycopg
    except ModuleNotFoundError:
        return "psycopg is not installed"
    with psycopg.connect(address) as server:
        flushes = server.execute("SHOW fsync").fetchall() == [("on",)]
    return "" if flushes else "the server does not flush to the disk (fsync is off)"


async def _measure(folder: Path, url: str, rounds: int) -> list[Figure]:
    ours, other = folder / "postgres", folder / "sqlite"
    sides = [
        (chat(ours, CHAT_DATABASE=url), await seed(ours, sends.WRITERS, [0], database_url=url)),
        (chat(other), await seed(other, sends.WRITERS, [0])),
    ]
    rates: tuple[list[float], list[float]] = ([], [])
    async with AsyncExitStack() as stack:
        writers = [await _writers(stack, *side) for side in sides]
        for turn in range(rounds):
            report(f"round {turn + 1} of {rounds}: {sends.WRITERS} writers on PostgreSQL")
            for each, side in zip(writers, rates, strict=True):
                counts = await asyncio.gather(*(sends.write(writer) for writer in each))
                side.append(sum(counts) / sends.SECONDS)
    what = f"messages stored in a second on PostgreSQL, {sends.WRITERS} writers"
    return [compare(what, *rates, unit="/s", against=SQLITE, least=GOAL)]


async def _writers(stack: AsyncExitStack, server: Server, seeded: Seeded) -> list[sends.Writer]:
    return await sends.our_writers(stack, stack.enter_context(server), seeded)
