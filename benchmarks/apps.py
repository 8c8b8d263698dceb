"""What apps cost the server: what they are told, their first answer, and waiting; and sending."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.figures import Figure, compare
from benchmarks.load_clients import synapse as accounts
from benchmarks.load_clients.apps import AppClient, AppClients
from benchmarks.load_clients.base import LoadClients
from benchmarks.load_clients.chat import ChatClients
from benchmarks.load_generator import send_paced
from benchmarks.peers import synapse
from benchmarks.progress import report
from benchmarks.seeding import seed
from benchmarks.servers import Server, chat

APPS = 100
RATE = 2.0
"""Messages a second."""
ROOMS, MESSAGES = 50, 20
"""Rooms of a first answer, and the messages of each that it tells."""
FIRST_SYNCS, FIRST_SYNCS_OF_SYNAPSE = 10, 2
"""First answers in a round: Synapse takes a minute to have so many people join all rooms."""
WARM_UP = 10
"""Apps that wait before memory is measured, for what is loaded only once."""
IDLE_SECONDS = 4.0
SENDS = 100
TURNS = 4
"""How often the sides take turns in a round of sending, so that other work affects all alike."""
MAX_DELIVERY, MAX_FIRST, MAX_IDLE, SENDS_GOAL = 300.0, 100.0, 30.0, 1.02
PAGE = "an open page of ours"
NO_APPS = "the same chat with --no-api"
WITH_APPS = "apps that wait in other rooms"


async def measure(folder: Path, *, seconds: float, rounds: int) -> list[Figure]:
    """Measure each for apps, for pages of ours and for Synapse in the same rounds."""
    python = synapse.python()
    if python is None:
        report(f"{synapse.NAME} is not installed: no figures beside it")
    return [
        *await _delivery(folder / "delivery", python, seconds, rounds),
        *await _first(folder / "first", python, rounds),
        *await _waiting(folder / "waiting", python, rounds),
        *await _sending(folder / "sending", rounds),
    ]


async def _delivery(folder: Path, python: str | None, seconds: float, rounds: int) -> list[Figure]:
    apps = await seed(folder / "apps", APPS, [50], apps=APPS)
    async with AsyncExitStack() as stack:
        report(f"a room of {APPS} apps, one of {APPS} pages, and one of {synapse.NAME}")
        sides: dict[str, LoadClients] = {}
        if python:  # first: pages would be dropped while nobody answers for them
            server = stack.enter_context(synapse.serve(folder / "synapse", python))
            tokens = await accounts.register(server, APPS)
            room = await accounts.fill(server, tokens, 1, MESSAGES)
            sides[synapse.NAME] = others = AppClients(server)
            await others.connect(stack, tokens, room)
        sides[""] = ours = AppClients(stack.enter_context(chat(folder / "apps")))
        await ours.connect(stack, apps.sessions.values(), min(apps.rooms))
        sides[PAGE] = await _pages(stack, folder / "pages")
        sides[NO_APPS] = await _pages(stack, folder / "without", "--no-api")
        await asyncio.sleep(IDLE_SECONDS)
        cpu: dict[str, list[float]] = {name: [] for name in sides}
        for turn in range(rounds):
            report(f"round {turn + 1} of {rounds}: messages")
            for name, clients in sides.items():
                count = max(1, int(seconds * RATE))
                cpu[name].append((await send_paced(clients, messages=count, rate=RATE)).cpu)
    what = f"server CPU for each delivery to an app, {APPS} apps"
    figures = [
        compare(what, cpu[""], cpu.get(name), unit="µs", against=name, most=MAX_DELIVERY)
        for name in (PAGE, synapse.NAME)
    ]
    what = f"  to an open page, {APPS} pages, where apps may ask"
    unchanged = compare(what, cpu[PAGE], cpu[NO_APPS], unit="µs", against=NO_APPS, goal=SENDS_GOAL)
    return [*figures, unchanged]


async def _pages(stack: AsyncExitStack, folder: Path, *options: str) -> ChatClients:
    """Return pages in a room of a chat that is started with these options."""
    seeded = await seed(folder, APPS, [50])
    server = chat(folder)
    server.command += options
    clients = ChatClients(stack.enter_context(server))
    await clients.connect(stack, seeded.sessions.items(), min(seeded.rooms))
    return clients


async def _first(folder: Path, python: str | None, rounds: int) -> list[Figure]:
    seeded = await seed(folder / "ours", APPS, [MESSAGES] * ROOMS, apps=APPS)
    others = FIRST_SYNCS_OF_SYNAPSE
    async with AsyncExitStack() as stack:
        server = stack.enter_context(chat(folder / "ours"))
        sides = [(server, iter([*seeded.sessions.values()] * 2), FIRST_SYNCS)]
        if python:
            peer = stack.enter_context(synapse.serve(folder / "synapse", python))
            report(f"{ROOMS} rooms of {synapse.NAME}")
            tokens = await accounts.register(peer, others * (rounds + 1))
            await accounts.fill(peer, tokens, ROOMS, MESSAGES)
            sides.append((peer, iter(tokens), others))
        milliseconds: list[list[float]] = [[] for _side in sides]
        for turn in range(rounds + 1):
            report(f"round {turn} of {rounds}: first answers of {ROOMS} rooms")
            for side, (server, tokens_left, count) in zip(milliseconds, sides, strict=True):
                side.append(await _first_syncs(server, tokens_left, count))
    what = f"server CPU for a first answer, {ROOMS} rooms with {MESSAGES} messages"
    ours, *peers = (side[1:] for side in milliseconds)
    against = f"{synapse.NAME}, {others * (rounds + 1)} people in each room, not {APPS}"
    theirs = peers[0] if peers else None
    return [compare(what, ours, theirs, unit="ms", against=against, most=MAX_FIRST)]


async def _first_syncs(server: Server, tokens: Iterator[str], count: int) -> float:
    """Return the milliseconds of CPU for a first answer, of so many."""
    async with AsyncExitStack() as stack:
        apps = [AppClient(server, next(tokens)) for _each in range(count)]
        for app in apps:
            await app.connect(stack)
        before = server.cpu()
        for app in apps:
            await app.sync()
        return 1e3 * (server.cpu() - before) / count


async def _waiting(folder: Path, python: str | None, rounds: int) -> list[Figure]:
    seeded = await seed(folder / "ours", APPS + WARM_UP, [50], apps=APPS + WARM_UP)
    ours: list[float] = []
    theirs: list[float] = []
    for turn in range(rounds):
        report(f"round {turn + 1} of {rounds}: {APPS} apps wait")
        async with AsyncExitStack() as stack:
            server = stack.enter_context(chat(folder / "ours"))
            ours.append(await _kept(server, [*seeded.sessions.values()], min(seeded.rooms)))
        if python:
            async with AsyncExitStack() as stack:
                peer = synapse.serve(folder / f"synapse{turn}", python)
                stack.enter_context(peer)
                tokens = await accounts.register(peer, APPS + WARM_UP)
                room = await accounts.fill(peer, tokens, 1, MESSAGES)
                theirs.append(await _kept(peer, tokens, room))
    what = "server memory for each app that waits"
    return [compare(what, ours, theirs or None, unit="KiB", against=synapse.NAME, most=MAX_IDLE)]


async def _kept(server: Server, tokens: Sequence[str], room: int | str) -> float:
    """Return the KiB that a server keeps for each app that waits."""
    async with AsyncExitStack() as stack:
        await _wait(stack, server, tokens[:WARM_UP], room)
        before = server.memory()
        await _wait(stack, server, tokens[WARM_UP:], room)
        return (server.memory() - before) / APPS / 1024


async def _wait(
    stack: AsyncExitStack, server: Server, tokens: Sequence[str], room: int | str
) -> None:
    await AppClients(server).connect(stack, tokens, room)
    await asyncio.sleep(IDLE_SECONDS)


async def _sending(folder: Path, rounds: int) -> list[Figure]:
    """Measure messages from a page to a page, where apps may ask, and where they may not.

    And where apps wait in another room, which are told nothing of it.
    """
    cpu: dict[str, list[float]] = {"": [], NO_APPS: [], WITH_APPS: []}
    async with AsyncExitStack() as stack:
        sides = [await _writers(stack, folder / str(at), name) for at, name in enumerate(cpu)]
        for turn in range(rounds + 1):
            report(f"round {turn} of {rounds}: messages, with apps and without")
            used = [0.0] * len(sides)
            for _turn in range(TURNS):
                for at, clients in enumerate(sides):
                    before = clients.cpu()
                    for _each in range(SENDS):
                        await clients.send()
                    used[at] += clients.cpu() - before
            for side, seconds in zip(cpu.values(), used, strict=True):
                side.append(1e6 * seconds / SENDS / TURNS)
    alone, without, beside = (side[1:] for side in cpu.values())
    what = "server CPU for a message where apps may ask"
    waiting = f"  and where {APPS} apps wait in other rooms"
    return [
        compare(what, alone, without, unit="µs", against=NO_APPS, goal=SENDS_GOAL),
        compare(waiting, beside, without, unit="µs", against=NO_APPS, goal=SENDS_GOAL),
    ]


async def _writers(stack: AsyncExitStack, folder: Path, name: str) -> ChatClients:
    """Return two pages in a room each; with `WITH_APPS` there are apps, each in its own room."""
    people = 2 + APPS if name == WITH_APPS else 2
    seeded = await seed(folder, people, [50] * people, split=True, apps=people - 2)
    server = chat(folder)
    server.command += ["--no-api"] if name == NO_APPS else []
    clients = ChatClients(stack.enter_context(server))
    apps = AppClients(server)
    for at, (session, room) in enumerate(zip(seeded.sessions.items(), seeded.rooms, strict=True)):
        if at < 2:
            await clients.connect(stack, [session], room)
        else:
            await apps.connect(stack, [session[1]], room)
    return clients
