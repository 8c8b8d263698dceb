"""What it costs that everybody in a full room has read a message, beside the message itself.

Pages that are open cost something whatever is said, and most of it comes in waves, with their
heartbeats. So what is timed are spans of as many heartbeats each, which begin at the same point
of a wave: in one nobody says anything, and in the next something that everybody reads. What the
second takes more in its first moments, before anybody looks, is the message itself; what it takes
more after them is its receipts.
"""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure, compare
from benchmarks.load_clients.chat import ChatClients
from benchmarks.progress import report
from benchmarks.seeding import seed
from benchmarks.servers import chat

TIMES = 4
"""How many spans of each kind a round has."""
DELIVERED = 2.0
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
        report(f"opening {people} pages of the chat")
        clients = ChatClients(stack.enter_context(chat(folder)))
        await clients.connect(stack, seeded.sessions.items(), min(seeded.rooms))
        await _span(clients, is_read=True)
        for turn in range(rounds):
            report(
                f"round {turn + 1} of {rounds}: {2 * TIMES * SPAN:.0f} seconds with {people} people"
            )
            more = []
            for _time in range(TIMES):
                quiet, read = await _span(clients), await _span(clients, is_read=True)
                more.append([busy - idle for busy, idle in zip(read, quiet, strict=True)])
            message, receipts = map(median, zip(*more, strict=True))
            costs[0].append(1000 * receipts)
            costs[1].append(1000 * message)
    what = f"server CPU for the receipts of a message, {people} people"
    return [compare(what, *costs, unit="ms", against="the message itself", goal=1)]


async def _span(clients: ChatClients, *, is_read: bool = False) -> tuple[float, float]:
    """Let a span go by, in which something is said that everybody reads, or nothing.

    Return the seconds of processor time that the server used until it was delivered, and after.
    """
    clients.stop_reading()
    before, begun = clients.server.cpu(), time.monotonic()
    wanted = clients.deliveries() + is_read * clients.people
    if is_read:
        await clients.send(0)
    await asyncio.sleep(begun + DELIVERED - time.monotonic())
    if clients.deliveries() != wanted:
        raise RuntimeError("the message has not come to everybody")
    delivered = clients.server.cpu()
    if is_read:
        await clients.read_within(WITHIN)
    await asyncio.sleep(begun + SPAN - time.monotonic())
    if is_read and not clients.is_read_by_all(0):
        raise RuntimeError("the author was not told that everybody has read it")
    return delivered - before, clients.server.cpu() - delivered
