"""How long the chat takes from its command until it accepts requests."""

import time
from pathlib import Path

from benchmarks.figures import Figure, compare
from benchmarks.progress import report
from benchmarks.seeding import seed
from benchmarks.servers import Server, chat, peer

SMALL = 1_000
TIMES = 5
"""Starts of each in a round; the fastest counts, since noise only adds."""
GOAL = 1.3
FLAT = 1.1


async def measure(folder: Path, *, messages: int, rounds: int) -> list[Figure]:
    """Start the chat with few and with many messages, and an app with one empty page, in turn."""
    report(f"filling a room with {messages:,} messages")
    await seed(folder / "small", 2, [SMALL])
    await seed(folder / "large", 2, [messages])
    times: list[list[float]] = [[], [], []]
    for turn in range(rounds):
        report(f"round {turn + 1} of {rounds}: starting each {TIMES} times")
        took: list[list[float]] = [[], [], []]
        for _time in range(TIMES):
            servers = (chat(folder / "small"), chat(folder / "large"), peer("empty"))
            for server, seconds in zip(servers, took, strict=True):
                seconds.append(_start(server))
        for side, seconds in zip(times, took, strict=True):
            side.append(1e3 * min(seconds))
    small, large, empty = times
    against, few = "a NiceGUI app with one empty page", f"with {SMALL:,}"
    return [
        compare("from start to ready", small, empty, unit="ms", against=against, goal=GOAL),
        compare(f"  with {messages:,} messages", large, small, unit="ms", against=few, goal=FLAT),
    ]


def _start(server: Server) -> float:
    began = time.perf_counter()
    with server:
        return time.perf_counter() - began
