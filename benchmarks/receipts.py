"""What it costs that everybody in a full room has read a message, beside the message itself."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.crowds import ChatCrowd
from benchmarks.figures import Figure, compare
from benchmarks.progress import say
from benchmarks.seeding import seed
from benchmarks.servers import chat

MESSAGES = 2
"""In each round, of either kind."""
DELIVERED = 3.0
"""Seconds in which a message comes to everybody."""
WITHIN = 5.0
"""Seconds in which everybody reads it then."""
BEAT = 16.0
"""Seconds between two heartbeats of a page, with which it tells what was read."""
SETTLE = 6.0
"""Seconds until that is stored, and shown to the author."""


async def measure(folder: Path, *, people: int, rounds: int) -> list[Figure]:
    """Fill a room, and say something in it by turns for nobody and for everybody to read."""
    seeded = await seed(folder, people, [50])
    costs: list[list[float]] = [[], []]
    async with AsyncExitStack() as stack:
        say(f"opening {people} pages of the chat")
        crowd = ChatCrowd(stack.enter_context(chat(folder)))
        await crowd.gather(stack, seeded, min(seeded.rooms))
        await asyncio.sleep(BEAT + SETTLE)
        for turn in range(rounds):
            say(f"round {turn + 1} of {rounds}: {2 * MESSAGES} messages to {people} people")
            message = receipts = 0.0
            for _message in range(MESSAGES):
                told, unread = await _unread(crowd)
                message += told - (unread - told) * DELIVERED / (WITHIN + BEAT + SETTLE)
                receipts += await _read(crowd) - unread
            costs[0].append(1000 * receipts / MESSAGES)
            costs[1].append(1000 * message / MESSAGES)
    what = f"server CPU for the receipts of a message, {people} people"
    return [compare(what, *costs, unit="ms", against="the message itself", goal=1)]


async def _unread(crowd: ChatCrowd) -> tuple[float, float]:
    """Say something that nobody looks at; return the seconds of CPU until it had come to
    everybody, and until the end.
    """
    crowd.look_away()
    before = crowd.server.cpu()
    await _say(crowd)
    told = crowd.server.cpu() - before
    await asyncio.sleep(WITHIN + BEAT + SETTLE)
    return told, crowd.server.cpu() - before


async def _read(crowd: ChatCrowd) -> float:
    """Say something that everybody reads; return the seconds of CPU until the author knows."""
    before = crowd.server.cpu()
    await _say(crowd)
    await crowd.look_within(WITHIN)
    await asyncio.sleep(BEAT + SETTLE)
    used = crowd.server.cpu() - before
    if not crowd.is_read_by_all(0):
        raise RuntimeError("the author was not told that everybody has read it")
    return used


async def _say(crowd: ChatCrowd) -> None:
    wanted = crowd.deliveries() + crowd.people
    await crowd.say(0)
    await asyncio.sleep(DELIVERED)
    if crowd.deliveries() != wanted:
        raise RuntimeError("the message has not come to everybody")
