"""What apps cost the server: what they are told, their first answer, and waiting; and sending."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.figures import Figure, compare
from benchmarks.load_clients.apps import AppClient, AppClients
from benchmarks.load_clients.chat import ChatClients
from benchmarks.load_generator import send_paced
from benchmarks.progress import report
from benchmarks.seeding import Seeded, seed
from benchmarks.servers import Server, chat

APPS = 100
RATE = 2.0
"""Messages a second."""
ROOMS, MESSAGES = 50, 20
"""Rooms of a first answer, and the messages of each that it tells."""
FIRST_SYNCS = 10
WARM_UP = 10
"""Apps that wait before memory is measured, for what is loaded only once."""
IDLE_SECONDS = 4.0
SENDS = 400
MAX_DELIVERY, MAX_FIRST, MAX_IDLE, SENDS_GOAL = 300.0, 100.0, 30.0, 1.02
PAGE, FIRST_PAGE = "an open page of ours", "opening a page of ours"
NO_APPS = "the same chat with --no-api"


async def measure(folder: Path, *, seconds: float, rounds: int) -> list[Figure]:
    """Measure each for apps, and for pages of ours in the same rounds."""
    return [
        await _delivery(folder / "delivery", seconds, rounds),
        await _first(folder / "first", rounds),
        await _waiting(folder / "waiting", rounds),
        await _sending(folder / "sending", rounds),
    ]


async def _delivery(folder: Path, seconds: float, rounds: int) -> Figure:
    apps = await seed(folder / "apps", APPS, [50], for_apps=True)
    pages = await seed(folder / "pages", APPS, [50])
    cpu: tuple[list[float], list[float]] = ([], [])
    async with AsyncExitStack() as stack:
        report(f"a room of {APPS} apps, and one of {APPS} pages")
        ours = AppClients(stack.enter_context(chat(folder / "apps")))
        await ours.connect(stack, apps.sessions.values(), min(apps.rooms))
        theirs = ChatClients(stack.enter_context(chat(folder / "pages")))
        await theirs.connect(stack, pages.sessions.items(), min(pages.rooms))
        await asyncio.sleep(IDLE_SECONDS)
        for turn in range(rounds):
            report(f"round {turn + 1} of {rounds}: messages")
            for side, clients in zip(cpu, (ours, theirs), strict=True):
                count = max(1, int(seconds * RATE))
                side.append((await send_paced(clients, messages=count, rate=RATE)).cpu)
    what = f"server CPU for each delivery to an app, {APPS} apps"
    return compare(what, *cpu, unit="µs", against=PAGE, most=MAX_DELIVERY)


async def _first(folder: Path, rounds: int) -> Figure:
    seeded = await seed(folder, APPS, [MESSAGES] * ROOMS, for_apps=True)
    tokens = iter([*seeded.sessions.values()] * 2)
    milliseconds: list[float] = []
    with chat(folder) as server:
        for turn in range(rounds + 1):
            report(f"round {turn} of {rounds}: first answers of {ROOMS} rooms")
            async with AsyncExitStack() as stack:
                apps = [AppClient(server, next(tokens)) for _each in range(FIRST_SYNCS)]
                for app in apps:
                    await app.connect(stack)
                before = server.cpu()
                for app in apps:
                    await app.sync()
                milliseconds.append(1e3 * (server.cpu() - before) / FIRST_SYNCS)
    what = f"server CPU for a first answer, {ROOMS} rooms with {MESSAGES} messages"
    return compare(what, milliseconds[1:], None, unit="ms", against=FIRST_PAGE, most=MAX_FIRST)


async def _waiting(folder: Path, rounds: int) -> Figure:
    seeded = await seed(folder, APPS + WARM_UP, [50], for_apps=True)
    tokens = [*seeded.sessions.values()]
    sizes = []
    for turn in range(rounds):
        report(f"round {turn + 1} of {rounds}: {APPS} apps wait")
        async with AsyncExitStack() as stack:
            server = stack.enter_context(chat(folder))
            await _wait(stack, server, tokens[:WARM_UP], seeded)
            before = server.memory()
            await _wait(stack, server, tokens[WARM_UP:], seeded)
            sizes.append((server.memory() - before) / APPS / 1024)
    what = "server memory for each app that waits"
    return compare(what, sizes, None, unit="KiB", against=PAGE, most=MAX_IDLE)


async def _wait(
    stack: AsyncExitStack, server: Server, tokens: Sequence[str], seeded: Seeded
) -> None:
    await AppClients(server).connect(stack, tokens, min(seeded.rooms))
    await asyncio.sleep(IDLE_SECONDS)


async def _sending(folder: Path, rounds: int) -> Figure:
    cpu: tuple[list[float], list[float]] = ([], [])
    async with AsyncExitStack() as stack:
        sides = []
        for name, options in (("with", ()), ("without", ("--no-api",))):
            seeded = await seed(folder / name, 2, [50])
            server = chat(folder / name)
            server.command += options
            clients = ChatClients(stack.enter_context(server))
            await clients.connect(stack, seeded.sessions.items(), min(seeded.rooms))
            sides.append(clients)
        for turn in range(rounds + 1):
            report(f"round {turn} of {rounds}: {SENDS} messages, with apps and without")
            for side, clients in zip(cpu, sides, strict=True):
                before = clients.cpu()
                for _each in range(SENDS):
                    await clients.send()
                side.append(1e6 * (clients.cpu() - before) / SENDS)
    what = "server CPU for a message where apps may ask"
    ours, theirs = (side[1:] for side in cpu)
    return compare(what, ours, theirs, unit="µs", against=NO_APPS, goal=SENDS_GOAL)
