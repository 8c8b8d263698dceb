"""What a message to a full room costs the server for each who gets it, and how long it takes."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.figures import Figure, compare
from benchmarks.load_clients import peers
from benchmarks.load_clients.chat import ChatCrowd
from benchmarks.load_clients.crowd import Crowd
from benchmarks.load_generator import SETTLE, Talk, talk, talk_by_turns
from benchmarks.progress import say
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

Talks = dict[str, list[Talk] | None]
"""What each peer's crowd came to, round by round; None for a peer that is not installed."""


async def measure(folder: Path, *, people: int, seconds: float, rounds: int) -> list[Figure]:
    """Fill a room of each with `people`, and talk in them by turns, at leisure and in a burst."""
    seeded = await seed(folder / "ours", people, [50])
    async with AsyncExitStack() as stack:
        say(f"filling a room of {people} people at ours and at each peer")
        ours = ChatCrowd(stack.enter_context(chat(folder / "ours")))
        await ours.gather(stack, seeded.sessions.items(), min(seeded.rooms))
        theirs = await peers.at_peers(stack, folder, people, await ours.frame_length())
        await asyncio.sleep(SETTLE)
        crowds: dict[str, Crowd | None] = {"ours": ours, **theirs}
        idle = await _idle(crowds)
        count = max(1, int(seconds * RATE))
        at_leisure = await _by_turns(crowds, count, RATE, rounds)
        in_bursts = await _by_turns(crowds, int(BURST * BURST_SECONDS), BURST, rounds)
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
    crowds: dict[str, Crowd | None], messages: int, rate: float, rounds: int
) -> Talks:
    talks: Talks = {who: None if crowd is None else [] for who, crowd in crowds.items()}
    for turn in range(rounds):
        for who, crowd in crowds.items():
            had = talks[who]
            if crowd is not None and had is not None:
                say(f"round {turn + 1} of {rounds}: {messages} messages, {rate:g}/s; {who}")
                had.append(await talk(crowd, messages=messages, rate=rate))
    return talks


async def _example(people: int, rounds: int) -> list[Talk]:
    """Measure NiceGUI's example by itself: it keeps a core busy even when it is idle."""
    people = min(people, AT_EXAMPLE)
    say(f"filling a room of {people} people; {peers.EXAMPLE}")
    async with AsyncExitStack() as stack:
        crowd = await peers.at_example(stack, people)
        await asyncio.sleep(SETTLE)
        return [await talk_by_turns(crowd, messages=BY_TURNS)] * rounds


async def _idle(crowds: dict[str, Crowd | None]) -> dict[str, float]:
    """Return the microseconds of CPU that each server uses in a second without messages."""
    say(f"watching all of them do nothing for {IDLE:.0f} seconds")
    there = {who: crowd.server for who, crowd in crowds.items() if crowd is not None}
    before = {who: server.cpu() for who, server in there.items()}
    await asyncio.sleep(IDLE)
    return {who: 1e6 * (server.cpu() - before[who]) / IDLE for who, server in there.items()}


def _figures(talks: Talks, what: str, goals: dict[str, float]) -> list[Figure]:
    ours = [each.cpu for each in talks["ours"] or ()]
    return [
        compare(
            what,
            ours,
            None if had is None else [each.cpu for each in had],
            unit="µs",
            against=who,
            goal=goals.get(who),
        )
        for who, had in talks.items()
        if who != "ours"
    ]


def _delays(talks: Talks, what: str, *, goals: bool = True) -> list[Figure]:
    ours = [each.delay for each in talks["ours"] or ()]
    return [
        compare(
            what,
            ours,
            None if had is None else [each.delay for each in had],
            unit="ms",
            against=who,
            goal=DELAY_GOALS.get(who) if goals else None,
            most=DELAY_MOST if goals and who in DELAY_GOALS else None,
        )
        for who, had in talks.items()
        if who != "ours"
    ]


def _without_idle(talks: Talks, kept: dict[str, float]) -> Figure:
    """Return what is left for a delivery, had the servers no pages to keep open."""
    ours, bare = (
        [each.cpu - kept[who] for each in talks[who] or ()] for who in ("ours", peers.BARE)
    )
    return compare("  without what idle pages cost", ours, bare, unit="µs", against=peers.BARE)
