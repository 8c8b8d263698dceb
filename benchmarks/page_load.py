"""Server CPU for opening the chat, compared with an empty NiceGUI page."""

from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.figures import Figure, compare
from benchmarks.page_visits import ChatVisit, EmptyVisit, Visit, open_pages
from benchmarks.progress import report
from benchmarks.seeding import seed
from benchmarks.servers import chat, peer

PAGES = 25
"""Pages of each room in each round; twice as many empty ones, so that both servers have as many."""
SMALL = 1_000
"""Messages of the smaller room."""
PEER = "a NiceGUI page with nothing on it"
GOAL = 1.9
FLAT = 1.1


async def measure(folder: Path, *, messages: int, rounds: int) -> list[Figure]:
    """Open rooms of a thousand and of `messages` messages, and empty pages, in turn."""
    report(f"filling a room with {messages:,} messages")
    seeded = await seed(folder, 100, [SMALL, messages])
    rooms = sorted(seeded.rooms)
    # Pages stay open until the end, so that no round pays for cleaning up after another.
    async with AsyncExitStack() as stack:
        ours = stack.enter_context(chat(folder))
        visits: list[Visit] = [
            ChatVisit(ours, seeded, rooms[0]),
            ChatVisit(ours, seeded, rooms[1]),
            EmptyVisit(stack.enter_context(peer("empty"))),
        ]
        wanted = (PAGES, PAGES, 2 * PAGES)
        for visit, pages in zip(visits, wanted, strict=True):
            await open_pages(visit, pages, stack)  # the first fill the caches
        costs: list[list[float]] = [[], [], []]
        for turn in range(rounds):
            report(
                f"round {turn + 1} of {rounds}: opening {PAGES} pages of each room, and empty ones"
            )
            for visit, pages, cost in zip(visits, wanted, costs, strict=True):
                before = visit.server.cpu()
                await open_pages(visit, pages, stack)
                cost.append(1e3 * (visit.server.cpu() - before) / pages)
    small, large, empty = costs
    big = f"{messages:,}"
    return [
        compare(
            f"server CPU to open a room of {SMALL:,}",
            small,
            empty,
            unit="ms",
            against=PEER,
            goal=GOAL,
        ),
        compare(
            f"server CPU to open a room of {big}",
            large,
            empty,
            unit="ms",
            against=PEER,
            goal=GOAL,
        ),
        compare(
            f"  a room of {big}", large, small, unit="ms", against=f"a room of {SMALL:,}", goal=FLAT
        ),
    ]
