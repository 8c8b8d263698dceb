"""The cost of read receipts in a full room, compared with the cost of the message itself.

Open pages cost something whether or not messages are sent, and most of it comes in waves, with
their heartbeats. So the spans that are measured contain as many heartbeats each and begin at the
same point of a wave: one without a message, and one with a message that everybody reads. What the
second costs more in its first moments, before anybody reads, is the message itself; what it costs
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
"""Seconds in which a message arrives everywhere."""
WITHIN = 5.0
"""Seconds in which everybody then reads it."""
BEAT = 16.0
"""Seconds between two heartbeats of a page, which report what was read."""
SPAN = 2 * BEAT
"""Seconds until all have reported, this is stored, and the author has received it."""


async def measure(folder: Path, *, people: int, rounds: int) -> list[Figure]:
    """Fill a room and measure spans without and with a message that everybody reads, in turn."""
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
    """Run a span, with a message that everybody reads or without.

    Return the seconds of CPU time that the server used until it was delivered, and after.
    """
    clients.stop_reading()
    before, begun = clients.server.cpu(), time.monotonic()
    wanted = clients.deliveries() + is_read * clients.people
    if is_read:
        await clients.send(0)
    await asyncio.sleep(begun + DELIVERED - time.monotonic())
    if clients.deliveries() != wanted:
        raise RuntimeError("the message has not arrived everywhere")
    delivered = clients.server.cpu()
    if is_read:
        await clients.read_within(WITHIN)
    await asyncio.sleep(begun + SPAN - time.monotonic())
    if is_read and not clients.is_read_by_all(0):
        raise RuntimeError("the author was not told that everybody has read it")
    return delivered - before, clients.server.cpu() - delivered
