"""Several chat processes on one PostgreSQL database and one Redis, beside one such process.

`CHAT_TEST_DATABASE` names a database of a PostgreSQL server that flushes to the disk; without it,
or without Redis, there is no figure. All share this machine's cores with the clients, so what
several machines carry together is not measured here, but what it costs to be several is.
"""

import asyncio
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

from benchmarks import engines, postgres, sends
from benchmarks.fanout import BURST, BURST_SECONDS, RATE
from benchmarks.figures import Figure, compare
from benchmarks.load_clients.chat import ChatClients
from benchmarks.load_generator import SETTLE, LoadResult, send_paced
from benchmarks.progress import report
from benchmarks.seeding import Seeded, seed
from benchmarks.servers import Server, chat

PROCESSES = 3
WHERE = "on PostgreSQL and Redis"
ONE = "one process on PostgreSQL and Redis"
SENDS_GOAL, DELAY_GOAL, CPU_GOAL = 0.8, 2.0, 1.3
Side = tuple[list[Server], Seeded]
"""The processes of a chat, and its people."""


async def measure(folder: Path, *, people: int, seconds: float, rounds: int) -> list[Figure]:
    """Send messages without pause, and steadily to a full room: to one process, and to several."""
    if reason := engines.missing_postgres() or engines.missing_redis():
        report(f"{reason}: no figure for several processes")
        return []
    with engines.redis() as redis:
        bus = engines.bus(redis)
        with engines.database() as url:
            figures = await postgres.beside_sqlite(
                folder / "beside", WHERE, rounds, CHAT_DATABASE=url, CHAT_BUS=bus
            )
        figures += await _sends(folder / "sends", bus, rounds)
        return figures + await _fanout(folder / "fanout", bus, people, seconds, rounds)


async def _sends(folder: Path, bus: str, rounds: int) -> list[Figure]:
    with ExitStack() as stack:
        sides = [
            await _side(stack, folder / f"{processes}", bus, sends.WRITERS, processes)
            for processes in (PROCESSES, 1)
        ]
        rates = await sends.in_turn(sides, rounds, f"in {PROCESSES} processes, and in one")
    what = f"messages stored in a second, {sends.WRITERS} writers in {PROCESSES} processes"
    return [compare(what, *rates, unit="/s", against=ONE, least=SENDS_GOAL)]


async def _fanout(folder: Path, bus: str, people: int, seconds: float, rounds: int) -> list[Figure]:
    """Fill a room with people, spread over the processes, who send messages in turn."""
    async with AsyncExitStack() as stack:
        report(f"filling a room of {people} people in {PROCESSES} processes, and one in one")
        sides = []
        for processes in (PROCESSES, 1):
            servers, seeded = await _side(stack, folder / f"{processes}", bus, people, processes)
            clients = ChatClients(*(stack.enter_context(server) for server in servers))
            await clients.connect(stack, seeded.sessions.items(), min(seeded.rooms))
            sides.append(clients)
        await asyncio.sleep(SETTLE)
        steady = await _in_turn(sides, max(1, int(seconds * RATE)), RATE, rounds)
        bursts = await _in_turn(sides, int(BURST * BURST_SECONDS), BURST, rounds)
    who = f"{people} people in {PROCESSES} processes"
    at_once = f"{BURST:.0f} messages a second in {PROCESSES} processes"
    return [
        _delays(f"p99 from Enter to a page of another process, {who}", steady, goal=DELAY_GOAL),
        _costs(f"server CPU for each delivery, {who}", steady, goal=CPU_GOAL),
        _delays(f"p99 at {at_once}", bursts),
        _costs(f"server CPU for each delivery, {at_once}", bursts),
    ]


async def _in_turn(
    sides: list[ChatClients], messages: int, rate: float, rounds: int
) -> list[list[LoadResult]]:
    """Return the results of each side, by round."""
    results: list[list[LoadResult]] = [[] for _clients in sides]
    for turn in range(rounds):
        for clients, measured in zip(sides, results, strict=True):
            report(f"round {turn + 1} of {rounds}: {messages} messages, {rate:g}/s")
            measured.append(await send_paced(clients, messages=messages, rate=rate))
    return results


def _delays(what: str, results: list[list[LoadResult]], goal: float | None = None) -> Figure:
    several, one = ([each.delay for each in side] for side in results)
    return compare(what, several, one, unit="ms", against=ONE, goal=goal)


def _costs(what: str, results: list[list[LoadResult]], goal: float | None = None) -> Figure:
    several, one = ([each.cpu for each in side] for side in results)
    return compare(what, several, one, unit="µs", against=ONE, goal=goal)


async def _side(
    stack: ExitStack | AsyncExitStack, folder: Path, bus: str, people: int, processes: int
) -> Side:
    """Return servers on a database of their own, which `stack` drops."""
    url = stack.enter_context(engines.database())
    seeded = await seed(folder, people, [0], database_url=url)
    servers = [chat(folder, CHAT_DATABASE=url, CHAT_BUS=bus) for _process in range(processes)]
    return servers, seeded
