"""Server CPU for each delivery of a message in a full room, and how long a message takes."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.figures import Figure, compare
from benchmarks.load_clients import peers
from benchmarks.load_clients.base import LoadClients
from benchmarks.load_clients.chat import ChatClients
from benchmarks.load_generator import SETTLE, LoadResult, send_paced, send_sequentially
from benchmarks.progress import report
from benchmarks.seeding import seed
from benchmarks.servers import chat

RATE = 2.0
"""Messages a second."""
BURST, BURST_SECONDS = 50.0, 5.0
"""Messages a second, and seconds: Prosody cannot keep up, and delivers the rest later."""
EXAMPLE_MESSAGES = 8
"""Messages to NiceGUI's example, which takes longer for one than our interval between two."""
EXAMPLE_PEOPLE = 100
"""The most people there: with 300 a message takes seconds, and connections are closed."""
IDLE = 16.0
"""Seconds without messages: the time between two heartbeats of our pages."""
CPU_GOALS = {peers.BARE: 0.28, peers.NGIRCD: 4.0, peers.EXAMPLE: round(1 / 15, 3)}
DELAY_GOALS = {peers.BARE: 1.0, peers.PROSODY: 1.0}
BURST_GOALS = {peers.PROSODY: 0.7}
DELAY_MOST = 60.0

Results = dict[str, list[LoadResult] | None]
"""By server: the result of each round; None for a peer that is not installed."""


async def measure(folder: Path, *, people: int, seconds: float, rounds: int) -> list[Figure]:
    """Fill a room of each server with `people` and send messages to them in turn: steadily, then in
    a burst.
    """
    seeded = await seed(folder / "ours", people, [50])
    async with AsyncExitStack() as stack:
        report(f"filling a room of {people} people of ours and of each peer")
        ours = ChatClients(stack.enter_context(chat(folder / "ours")))
        await ours.connect(stack, seeded.sessions.items(), min(seeded.rooms))
        theirs = await peers.connect_to_peers(stack, folder, people, await ours.frame_length())
        await asyncio.sleep(SETTLE)
        all_clients: dict[str, LoadClients | None] = {"ours": ours, **theirs}
        idle = await _idle(all_clients)
        count = max(1, int(seconds * RATE))
        steady = await _in_turn(all_clients, count, RATE, rounds)
        bursts = await _in_turn(all_clients, int(BURST * BURST_SECONDS), BURST, rounds)
    steady[peers.EXAMPLE] = await _example(people, rounds)
    kept = {who: share * (seconds + SETTLE) / (count * people) for who, share in idle.items()}
    return [
        *_figures(steady, f"server CPU for each delivery, {people} people", CPU_GOALS),
        _without_idle(steady, kept),
        *_delays(steady, f"p99 from Enter to the other page, {people} people"),
        *_figures(
            bursts, f"server CPU for each delivery, {BURST:.0f} messages a second", BURST_GOALS
        ),
        *_delays(bursts, f"p99 at {BURST:.0f} messages a second", goals=False),
    ]


async def _in_turn(
    all_clients: dict[str, LoadClients | None], messages: int, rate: float, rounds: int
) -> Results:
    results: Results = {
        who: None if clients is None else [] for who, clients in all_clients.items()
    }
    for turn in range(rounds):
        for who, clients in all_clients.items():
            measured = results[who]
            if clients is not None and measured is not None:
                report(f"round {turn + 1} of {rounds}: {messages} messages, {rate:g}/s; {who}")
                measured.append(await send_paced(clients, messages=messages, rate=rate))
    return results


async def _example(people: int, rounds: int) -> list[LoadResult]:
    """Measure NiceGUI's example alone: it keeps a core busy even when idle."""
    people = min(people, EXAMPLE_PEOPLE)
    report(f"filling a room of {people} people; {peers.EXAMPLE}")
    async with AsyncExitStack() as stack:
        clients = await peers.connect_to_example(stack, people)
        await asyncio.sleep(SETTLE)
        return [await send_sequentially(clients, messages=EXAMPLE_MESSAGES)] * rounds


async def _idle(all_clients: dict[str, LoadClients | None]) -> dict[str, float]:
    """Return the microseconds of CPU that each server uses per second without messages."""
    report(f"measuring all of them idle for {IDLE:.0f} seconds")
    there = {who: clients.server for who, clients in all_clients.items() if clients is not None}
    before = {who: server.cpu() for who, server in there.items()}
    await asyncio.sleep(IDLE)
    return {who: 1e6 * (server.cpu() - before[who]) / IDLE for who, server in there.items()}


def _figures(results: Results, what: str, goals: dict[str, float]) -> list[Figure]:
    ours = [each.cpu for each in results["ours"] or ()]
    return [
        compare(
            what,
            ours,
            None if measured is None else [each.cpu for each in measured],
            unit="µs",
            against=who,
            goal=goals.get(who),
        )
        for who, measured in results.items()
        if who != "ours"
    ]


def _delays(results: Results, what: str, *, goals: bool = True) -> list[Figure]:
    ours = [each.delay for each in results["ours"] or ()]
    return [
        compare(
            what,
            ours,
            None if measured is None else [each.delay for each in measured],
            unit="ms",
            against=who,
            goal=DELAY_GOALS.get(who) if goals else None,
            most=DELAY_MOST if goals and who == peers.PROSODY else None,
        )
        for who, measured in results.items()
        if who != "ours"
    ]


def _without_idle(results: Results, kept: dict[str, float]) -> Figure:
    """Return the cost of a delivery without the cost of keeping pages open."""
    ours, bare = (
        [each.cpu - kept[who] for each in results[who] or ()] for who in ("ours", peers.BARE)
    )
    return compare("  without what idle pages cost", ours, bare, unit="µs", against=peers.BARE)
