"""Many people in many rooms: how long messages take, and how busy the server is."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.figures import Figure, compare
from benchmarks.load_clients import peers
from benchmarks.load_clients.base import LoadClients
from benchmarks.load_clients.chat import ChatClients
from benchmarks.load_generator import SETTLE, LoadResult, send_paced
from benchmarks.progress import report
from benchmarks.seeding import seed
from benchmarks.servers import chat

ROOMS, EACH = 100, 20
EVERY = 5.0
"""Seconds between two messages of one room."""
MAX_DELAY, MAX_CORE = 150.0, 70.0


async def measure(folder: Path, *, seconds: float, rounds: int) -> list[Figure]:
    """Fill rooms of ours and of Prosody's, and send messages in all of them."""
    people, rate = ROOMS * EACH, ROOMS / EVERY
    seeded = await seed(folder / "ours", people, [50] * ROOMS, split=True)
    async with AsyncExitStack() as stack:
        report(f"opening {people:,} pages, {EACH} in each of {ROOMS} rooms")
        ours = ChatClients(stack.enter_context(chat(folder / "ours")))
        sessions, rooms = list(seeded.sessions.items()), sorted(seeded.rooms)
        for number, room in enumerate(rooms):
            await ours.connect(stack, sessions[number::ROOMS], room)
        report(f"connecting {people:,} people to {ROOMS} rooms of Prosody")
        theirs = await peers.connect_to_prosody(
            stack, folder / "prosody", {f"room{number}": EACH for number in range(ROOMS)}
        )
        all_clients: list[LoadClients] = [ours] if theirs is None else [ours, theirs]
        for clients in all_clients:
            clients.stride = EACH + 1  # the next message is for the next room
        await asyncio.sleep(4 * SETTLE)
        results: list[list[LoadResult]] = [[] for _clients in all_clients]
        for turn in range(rounds):
            for clients, measured in zip(all_clients, results, strict=True):
                report(f"round {turn + 1} of {rounds}: a message every {EVERY:g} s in each room")
                measured.append(await send_paced(clients, messages=int(seconds * rate), rate=rate))
    other = None if theirs is None else results[1]
    who = f"{people:,} people in {ROOMS} rooms"
    return [
        compare(
            f"p99 from Enter to the other page, {who}",
            [each.delay for each in results[0]],
            None if other is None else [each.delay for each in other],
            unit="ms",
            against=peers.PROSODY,
            most=MAX_DELAY,
        ),
        compare(
            "  a core's work while they talk",
            [each.core for each in results[0]],
            None if other is None else [each.core for each in other],
            unit="%",
            against=peers.PROSODY,
            most=MAX_CORE,
        ),
    ]
