"""What it costs that everybody in a full room has read a message, beside the message itself.

Pages that are open cost something whatever is said, and most of it comes in waves, with their
heartbeats. So nothing is timed but spans of as many heartbeats each: in one nobody says anything,
in the next some things are said that nobody reads, and in the third something that everybody
reads. What the second takes more than the first are its messages; what the third takes more than
the first and one message is the receipts of that. Of each kind the cheapest counts: whatever
else the machine does makes a span dearer, and none cheaper.
"""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.crowds.chat import ChatCrowd
from benchmarks.figures import Figure, compare
from benchmarks.progress import say
from benchmarks.seeding import seed
from benchmarks.servers import chat

TIMES = 3
"""How many spans of each kind a round has."""
MESSAGES = 8
"""How many nobody reads: one alone is lost in what the pages cost."""
DELIVERED = 3.0
"""Seconds in which a message comes to everybody."""
WITHIN = 5.0
"""Seconds in which everybody reads it then."""
BEAT = 16.0
"""Seconds between two heartbeats of a page, with which it tells what was read."""
SPAN = 2 * BEAT
"""Seconds: until all have told, that is stored, and the author knows."""


async def measure(folder: Path, *, people: int, rounds: int) -> list[Figure]:
    """Fill a room, and say something in it by turns for nobody and for everybody to read."""
    seeded = await seed(folder, people, [50])
    costs: list[list[float]] = [[], []]
    async with AsyncExitStack() as stack:
        say(f"opening {people} pages of the chat")
        crowd = ChatCrowd(stack.enter_context(chat(folder)))
        await crowd.gather(stack, seeded.sessions.items(), min(seeded.rooms))
        await _span(crowd, messages=1, reads=True)
        for turn in range(rounds):
            say(
                f"round {turn + 1} of {rounds}: {3 * TIMES * SPAN:.0f} seconds with {people} people"
            )
            spans: list[list[float]] = [[], [], []]
            for _time in range(TIMES):
                spans[0].append(await _span(crowd))
                spans[1].append(await _span(crowd, messages=MESSAGES))
                spans[2].append(await _span(crowd, messages=1, reads=True))
            quiet, unread, read = map(min, spans)
            message = (unread - quiet) / MESSAGES
            costs[0].append(1000 * (read - quiet - message))
            costs[1].append(1000 * message)
    what = f"server CPU for the receipts of a message, {people} people"
    return [compare(what, *costs, unit="ms", against="the message itself", goal=1)]


async def _span(crowd: ChatCrowd, *, messages: int = 0, reads: bool = False) -> float:
    """Let a span go by; return the seconds of processor time that the server used in it."""
    crowd.look_away()
    before, begun = crowd.server.cpu(), time.monotonic()
    for _message in range(messages):
        await _say(crowd)
    if reads:
        await crowd.look_within(WITHIN)
    await asyncio.sleep(begun + SPAN - time.monotonic())
    if reads and not crowd.is_read_by_all(0):
        raise RuntimeError("the author was not told that everybody has read it")
    return crowd.server.cpu() - before


async def _say(crowd: ChatCrowd) -> None:
    wanted = crowd.deliveries() + crowd.people
    await crowd.say(0)
    await asyncio.sleep(DELIVERED)
    if crowd.deliveries() != wanted:
        raise RuntimeError("the message has not come to everybody")
