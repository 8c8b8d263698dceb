"""How long older messages take, deep in a long history, beside the newest ones."""

import time
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

from benchmarks.client import ChatClient
from benchmarks.figures import Figure, compare
from benchmarks.progress import report
from benchmarks.seeding import seed
from benchmarks.servers import chat

TIMES = 50
"""Requests of each kind in a round: fewer than one person may make in ten seconds."""
GOAL = 1.2


async def measure(folder: Path, *, messages: int, rounds: int) -> list[Figure]:
    """Ask for the newest messages and for those in the middle, in turn."""
    report(f"filling a room with {messages:,} messages")
    seeded = await seed(folder, rounds + 1, [messages])
    middle = messages // 2
    times: list[list[float]] = [[], []]
    async with AsyncExitStack() as stack:
        server = stack.enter_context(chat(folder))
        for turn, (name, token) in enumerate(seeded.sessions.items()):
            person = await stack.enter_async_context(
                ChatClient(server.address, name, session=token)
            )
            await person.open(f"/rooms/{min(seeded.rooms)}")
            newest, deep = [], []
            for _time in range(TIMES):
                newest.append(await _took(person, messages + 1))
                deep.append(await _took(person, middle + 1))
            if turn:  # the first round reads from the disk and fills the caches
                report(f"round {turn} of {rounds}: {TIMES} times 50 messages from either place")
                times[0].append(1e3 * median(deep))
                times[1].append(1e3 * median(newest))
    what, against = f"50 older messages, {middle:,} deep", "the newest 50 of the same room"
    return [compare(what, *times, unit="ms", against=against, goal=GOAL)]


async def _took(person: ChatClient, before: int) -> float:
    began = time.perf_counter()
    await person.ask_older(before)
    return time.perf_counter() - began
