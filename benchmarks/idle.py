"""What a thousand open pages cost the server while idle."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.figures import Figure, compare
from benchmarks.page_visits import ChatVisit, EmptyVisit, Visit, open_pages
from benchmarks.progress import report
from benchmarks.seeding import seed
from benchmarks.servers import chat, peer

PAGES = 1_000
SPAN = 32.0
"""Seconds of a round: two heartbeats of every page."""
GOAL, MAX_PERCENT = 0.18, 15.0


async def measure(folder: Path, *, rounds: int) -> list[Figure]:
    """Keep pages of the chat open, and as many empty NiceGUI pages."""
    seeded = await seed(folder, PAGES, [50])
    shares: list[list[float]] = [[], []]
    async with AsyncExitStack() as stack:
        ours = ChatVisit(stack.enter_context(chat(folder)), seeded, min(seeded.rooms))
        empty = EmptyVisit(stack.enter_context(peer("empty")))
        visits: tuple[Visit, Visit] = (ours, empty)
        for visit, what in zip(visits, ("of the chat", "with nothing on them"), strict=True):
            report(f"opening {PAGES:,} pages {what}")
            await open_pages(visit, PAGES, stack)
        await asyncio.sleep(SPAN)
        for turn in range(rounds):
            report(f"round {turn + 1} of {rounds}: {SPAN:.0f} seconds in which nothing happens")
            before = [visit.server.cpu() for visit in visits]
            await asyncio.sleep(SPAN)
            for side, visit in enumerate(visits):
                shares[side].append(100 * (visit.server.cpu() - before[side]) / SPAN)
    what = f"a core's work for {PAGES:,} open pages, idle"
    against = "NiceGUI pages with nothing on them"
    return [compare(what, *shares, unit="%", against=against, goal=GOAL, most=MAX_PERCENT)]
