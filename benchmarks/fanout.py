"""What a message to a full room costs the server for each who gets it, and how long it takes."""

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
"""Messages a second, and for how long: what Prosody cannot keep up with arrives later."""
BY_TURNS = 8
"""Messages at NiceGUI's example, which takes longer for one than there is between two of ours."""
AT_EXAMPLE = 100
"""The most people there: with 300 it takes seconds for a message, and hangs up on them."""
IDLE = 16.0
"""Seconds in which nothing is said: as long as a page of ours has between two heartbeats."""
CPU_GOALS = {peers.BARE: 1.4, peers.EXAMPLE: round(1 / 15, 3)}
DELAY_GOALS = {peers.PROSODY: 2.0}
BURST_GOALS = {peers.PROSODY: 0.7}
DELAY_MOST = 60.0

Results = dict[str, list[LoadResult] | None]
"""What each peer's crowd came to, round by round; None for a peer that is not installed."""


async def measure(folder: Path, *, people: int, seconds: float, rounds: int) -> list[Figure]:
    """Fill a room of each with `people`, and talk in them by turns, at leisure and in a burst."""
    seeded = await seed(folder / "ours", people, [50])
    async with AsyncExitStack() as stack:
        report(f"filling a room of {people} people at ours and at each peer")
        ours = ChatClients(stack.enter_context(chat(folder / "ours")))
        await ours.connect(stack, seeded.sessions.items(), min(seeded.rooms))
        theirs = await peers.connect_to_peers(stack, folder, people, await ours.frame_length())
        await asyncio.sleep(SETTLE)
        all_clients: dict[str, LoadClients | None] = {"ours": ours, **theirs}
        idle = await _idle(all_clients)
        count = max(1, int(seconds * RATE))
        at_leisure = await _by_turns(all_clients, count, RATE, rounds)
        in_bursts = await _by_turns(all_clients, int(BURST * BURST_SECONDS), BURST, rounds)
    at_leisure[peers.EXAMPLE] = await _example(people, rounds)
    kept = {who: share * (seconds + SETTLE) / (count * people) for who, share in idle.items()}
    return [
        *_figures(at_leisure, f"server CPU for each delivery, {people} people", CPU_GOALS),
        _without_idle(at_leisure, kept),
        *_delays(at_leisure, f"p99 from Enter to the other page, {people} people"),
        *_figures(
            in_bursts, f"server CPU for each delivery, {BURST:.0f} messages a second", BURST_GOALS
        ),
        *_delays(in_bursts, f"p99 at {BURST:.0f} messages a second", goals=False),
    ]


async def _by_turns(
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
    """Measure NiceGUI's example by itself: it keeps a core busy even when it is idle."""
    people = min(people, AT_EXAMPLE)
    report(f"filling a room of {people} people; {peers.EXAMPLE}")
    async with AsyncExitStack() as stack:
        clients = await peers.connect_to_example(stack, people)
        await asyncio.sleep(SETTLE)
        return [await send_sequentially(clients, messages=BY_TURNS)] * rounds


async def _idle(all_clients: dict[str, LoadClients | None]) -> dict[str, float]:
    """Return the microseconds of CPU that each server uses in a second without messages."""
    report(f"watching all of them do nothing for {IDLE:.0f} seconds")
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
            most=DELAY_MOST if goals and who in DELAY_GOALS else None,
        )
        for who, measured in results.items()
        if who != "ours"
    ]


def _without_idle(results: Results, kept: dict[str, float]) -> Figure:
    """Return what is left for a delivery, had the servers no pages to keep open."""
    ours, bare = (
        [each.cpu - kept[who] for each in results[who] or ()] for who in ("ours", peers.BARE)
    )
    return compare("  without what idle pages cost", ours, bare, unit="µs", against=peers.BARE)
