"""How much of the server's memory an open page takes."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.figures import Figure, compare
from benchmarks.page_visits import ChatVisit, EmptyVisit, Visit, open_pages
from benchmarks.progress import report
from benchmarks.seeding import seed
from benchmarks.servers import chat, peer

PAGES = 200
WARM_UP = 10
"""Pages opened before the first measurement, for what is loaded only once."""
MESSAGES = 1_000
"""Messages of the room; a page shows the newest fifty."""
GOAL_KIB = 170.0


async def measure(folder: Path, *, rounds: int) -> list[Figure]:
    """Open many pages of each kind, on newly started servers for each round."""
    seeded = await seed(folder, PAGES + WARM_UP, [MESSAGES])
    room = min(seeded.rooms)
    sizes: list[list[float]] = [[], []]
    for turn in range(rounds):
        report(f"round {turn + 1} of {rounds}: keeping {PAGES} pages open")
        sizes[0].append(await _size(lambda: ChatVisit(chat(folder), seeded, room)))
        sizes[1].append(await _size(lambda: EmptyVisit(peer("empty"))))
    return [
        compare(
            "server memory for each open page",
            *sizes,
            unit="KiB",
            against="a NiceGUI page with nothing on it",
            most=GOAL_KIB,
        )
    ]


async def _size(make: Callable[[], Visit]) -> float:
    """Return the KiB per page, from the growth of the server."""
    visit = make()
    async with AsyncExitStack() as stack:
        stack.enter_context(visit.server)
        await open_pages(visit, WARM_UP, stack)
        before = visit.server.memory()
        await open_pages(visit, PAGES, stack)
        return (visit.server.memory() - before) / PAGES / 1024
