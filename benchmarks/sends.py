"""How many messages are stored and acknowledged per second, also on a slow disk.

All servers flush to the disk before they acknowledge a message (`synchronous=FULL`). The slow disk
is this one with ten milliseconds more for each flush, which strace adds for both sides alike.
"""

import asyncio
import shutil
import sqlite3
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

from benchmarks.client import ChatClient
from benchmarks.figures import Figure, compare
from benchmarks.load_clients.base import TEXT
from benchmarks.load_clients.peers import PAPER
from benchmarks.progress import report
from benchmarks.seeding import Seeded, seed
from benchmarks.servers import Server, chat, peer
from benchmarks.socketio_client import SocketIOClient

WRITERS = 64
SECONDS = 5.0
PLAIN = "plain SQLite, a commit for each, no server"
GOAL, SLOW_GOAL = 5.0, 10.0
SLOW_DISK = (
    *("strace", "-f", "-I", "1", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fdatasync,fsync"),
    *("-e", "inject=fdatasync,fsync:delay_enter=10000"),
)
Writer = Callable[[str], Awaitable[Any]]
"""Sends a text, and returns once it is stored."""


async def measure(folder: Path, *, rounds: int) -> list[Figure]:
    """Send without pause from many clients in one room: of ours, and of the paper's stack."""
    seeded = await seed(folder / "ours", WRITERS, [50])
    what = f"messages stored in a second, {WRITERS} writers"
    ours, paper = await _rates(folder, seeded, rounds)
    plain = [await asyncio.to_thread(_plain, folder / "plain.db") for _turn in range(rounds)]
    figures = [
        compare(what, ours, paper, unit="/s", against=PAPER, least=GOAL),
        compare(what, ours, plain, unit="/s", against=PLAIN),
    ]
    if shutil.which("strace"):
        ours, paper = await _rates(folder, seeded, rounds, SLOW_DISK)
        slow = "  where each flush takes 10 ms more"
        figures.append(compare(slow, ours, paper, unit="/s", against=PAPER, least=SLOW_GOAL))
    else:
        report("strace is not installed: no figure for slow disks")
    return figures


async def _rates(
    folder: Path, seeded: Seeded, rounds: int, prefix: tuple[str, ...] = ()
) -> tuple[list[float], list[float]]:
    """Return how many messages both sides store per second, by round."""
    ours, paper = chat(folder / "ours"), peer("paper", folder / "paper")
    for server in (ours, paper):
        server.command[:0] = prefix
    rates: tuple[list[float], list[float]] = ([], [])
    async with AsyncExitStack() as stack:
        sides = [
            await our_writers(stack, [stack.enter_context(ours)], seeded),
            await _paper_writers(stack, stack.enter_context(paper)),
        ]
        for turn in range(rounds):
            report(
                f"round {turn + 1} of {rounds}: {WRITERS} writers{' on a slow disk' * bool(prefix)}"
            )
            for writers, side in zip(sides, rates, strict=True):
                counts = await asyncio.gather(*(write(writer) for writer in writers))
                side.append(sum(counts) / SECONDS)
    return rates


async def in_turn(
    sides: Sequence[tuple[Sequence[Server], Seeded]], rounds: int, where: str
) -> tuple[list[float], ...]:
    """Return how many messages each side stores per second, by round.

    A side is the servers of one chat, over which its writers are spread, and their sessions.
    """
    rates: tuple[list[float], ...] = tuple([] for _side in sides)
    async with AsyncExitStack() as stack:
        everybody = []
        for servers, seeded in sides:
            for server in servers:
                stack.enter_context(server)
            everybody.append(await our_writers(stack, servers, seeded))
        for turn in range(rounds):
            report(f"round {turn + 1} of {rounds}: {WRITERS} writers {where}")
            for writers, side in zip(everybody, rates, strict=True):
                counts = await asyncio.gather(*(write(writer) for writer in writers))
                side.append(sum(counts) / SECONDS)
    return rates


async def our_writers(
    stack: AsyncExitStack, servers: Sequence[Server], seeded: Seeded
) -> list[Writer]:
    """Open a page for everybody in the first room, and return what sends on each."""
    people = [
        await stack.enter_async_context(
            ChatClient(servers[number % len(servers)].address, name, session=token)
        )
        for number, (name, token) in enumerate(seeded.sessions.items())
    ]
    for person in people:
        await person.open(f"/rooms/{min(seeded.rooms)}")
    return [person.send for person in people]


async def _paper_writers(stack: AsyncExitStack, server: Server) -> list[Writer]:
    connections: list[SocketIOClient] = []

    async def disconnect() -> None:
        await asyncio.gather(*(connection.close() for connection in connections))

    stack.push_async_callback(disconnect)
    return [await _paper_writer(connections, server, f"person{n}") for n in range(WRITERS)]


async def _paper_writer(connections: list[SocketIOClient], server: Server, name: str) -> Writer:
    """Return a writer that counts a message as stored once it is broadcast back to it."""
    stored = asyncio.Event()

    def on_event(_event: str, data: Any) -> None:
        if data["username"] == name:
            stored.set()

    url = f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket"
    connection = await SocketIOClient.open(url, on_event)
    connections.append(connection)

    async def send(text: str) -> None:
        stored.clear()
        await connection.emit("message", {"username": name, "text": text})
        await stored.wait()

    return send


async def write(send: Writer) -> int:
    """Send messages one after the other for `SECONDS`; return how many were stored in time."""
    end = time.perf_counter() + SECONDS
    count = 0
    while True:
        await send(TEXT.format(count))
        if time.perf_counter() > end:
            return count
        count += 1


def _plain(file: Path) -> float:
    """Return how many texts SQLite stores per second, as durably as the chat does."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS texts (id INTEGER PRIMARY KEY, text TEXT)")
        end = time.perf_counter() + SECONDS
        count = 0
        while time.perf_counter() < end:
            connection.execute("INSERT INTO texts (text) VALUES (?)", (TEXT.format(count),))
            count += 1
    return count / SECONDS
