"""What one attacker costs everybody else: a member's round trips, stalls, and the server's memory.

The server stalls while it answers no ping of a websocket, for which nothing but its event loop is
needed.

Attackers have machines of their own; here they share one with the server and the member. So they
run at a low priority, where the system has one: what they compute themselves delays nobody.

The host of a virtual machine may take its processors away, for a tenth of a second at a time:
nothing can answer then, not even a program that only sleeps. On Linux, waits in which that happened
for long are left out, and counted.

The memory that an attack takes is what the server still has more than before all attacks, once it
gives nothing more back: what it keeps for the next ones counts once more with each. At its peak it
is more: a password that is hashed takes 64 MiB for a tenth of a second, as argon2 is meant to,
and a page that was left is kept for twenty seconds, in case its browser comes back.
"""

import asyncio
import gc
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import psutil

from benchmarks.attacks import ATTACKS
from benchmarks.client import ChatClient
from benchmarks.figures import Figure, compare, p99
from benchmarks.fuzz.websockets import Socket, Visitor
from benchmarks.progress import report
from benchmarks.servers import PROJECT, Server, chat

SECONDS = 10.0
PAUSE = 0.05
"""Seconds between two messages of the member."""
MAX_P99_MS = 250.0
MAX_GROWTH_MIB = 50.0
MAX_STALL_MS = 50.0
RETURN_SECONDS = 60.0
"""Seconds in which the server has to give memory back."""
SETTLED_SECONDS = 25.0
"""Seconds in which its memory has not fallen once it gives nothing more back: more than a page is
kept that was left, and than pass between two returns of memory."""
LOWEST_PRIORITY = 19
"""Of nice(2)."""
FUZZ_CASES = 10_000
MAX_TAKEN_SECONDS = 0.045
"""Seconds for which the host may have the processors during a wait that counts; the system counts
in hundredths."""
PING_PAUSE = 0.005
"""Seconds between two pings, while stalls are measured."""


async def measure(folder: Path) -> list[Figure]:
    """Attack the chat in each way in turn, while a member talks."""
    figures: list[Figure] = []
    with chat(folder) as server:
        async with ChatClient(server.address, "asha") as member:
            await member.log_in()
            await member.open()
            quiet = await _round_trips(member, SECONDS)
            before = server.memory()
            for name in ATTACKS:
                figures += await _attack(server, member, name, quiet, before)
        figures += await _fuzz(server)
    return figures


async def _attack(
    server: Server, member: ChatClient, name: str, quiet: list[float], before: int
) -> list[Figure]:
    report(f"{name} for {SECONDS:.0f} seconds")
    attacker = await _start("benchmarks.attacks", name, server.address, str(SECONDS))
    trips = await _round_trips(member, SECONDS)
    if await attacker.wait():
        raise RuntimeError(f"the attack failed: {name}")
    grown = await _grown(server, before)
    return [
        compare(
            f"p99 of a member's round trip, {name}",
            [p99(trips)],
            [p99(quiet)],
            unit="ms",
            against="the same without an attack",
            most=MAX_P99_MS,
        ),
        compare(
            f"  memory that it takes, {name}",
            [grown],
            [before / 2**20],
            unit="MiB",
            against="the server's memory before all attacks",
            most=MAX_GROWTH_MIB,
        ),
    ]


async def _fuzz(server: Server) -> list[Figure]:
    """Send requests and frames that were changed at random, while somebody looks for stalls."""
    visitor = Visitor(server.address, "watcher")
    await visitor.register()
    await visitor.load(Random(0))
    socket = await Socket.open(server.address, visitor.cookie, visitor.page)
    quiet = await _waits(socket, asyncio.create_task(asyncio.sleep(SECONDS)))
    report(f"{FUZZ_CASES:,} changed requests and frames")
    await _send_changed(server, FUZZ_CASES // 5, seed=1)  # so that caches are full
    before = server.memory()
    waits = await _waits(socket, asyncio.create_task(_send_changed(server, FUZZ_CASES, seed=2)))
    socket.close()
    await visitor.http.aclose()
    grown = await _grown(server, before)
    return [
        compare(
            "longest stall, changed requests and frames",
            [1e3 * max(waits)],
            [1e3 * max(quiet)],
            unit="ms",
            against="the same without an attack",
            most=MAX_STALL_MS,
        ),
        compare(
            "  99th percentile of all waits for a pong",
            [p99(waits)],
            [p99(quiet)],
            unit="ms",
            against="the same without an attack",
        ),
        compare(
            "  memory that it takes, changed requests and frames",
            [grown],
            [before / 2**20],
            unit="MiB",
            against="the server's memory before",
            most=MAX_GROWTH_MIB,
        ),
    ]


async def _send_changed(server: Server, cases: int, *, seed: int) -> None:
    options = ("--cases", str(cases), "--seed", str(seed))
    fuzzing = await _start("benchmarks.fuzz", server.address, *options)
    if await fuzzing.wait():
        raise RuntimeError("changed requests and frames broke the chat")


async def _start(module: str, *arguments: str) -> asyncio.subprocess.Process:
    """Start an attacker, at a low priority."""
    attacker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments), cwd=PROJECT, stdout=sys.stderr
    )
    low = psutil.IDLE_PRIORITY_CLASS if sys.platform == "win32" else LOWEST_PRIORITY
    psutil.Process(attacker.pid).nice(low)
    return attacker


async def _grown(server: Server, before: int) -> float:
    """Return how many MiB the memory has grown, once the server gives nothing more back."""
    lowest = server.memory()
    fell = began = time.perf_counter()
    while (asked := time.perf_counter()) < min(fell + SETTLED_SECONDS, began + RETURN_SECONDS):
        await asyncio.sleep(0.5)
        if (memory := server.memory()) < lowest:
            lowest, fell = memory, asked
    return max(0.0, (lowest - before) / 2**20)


async def _waits(socket: Socket, until: asyncio.Future[Any]) -> list[float]:
    """Send pings until something is done, and return how many seconds each pong took."""
    gc.freeze()  # a collection of what is here already would be taken for a stall
    waits = _Waits()
    while not until.done():
        began = time.perf_counter()
        await socket.send(b"")
        waits.add(time.perf_counter() - began)
        await asyncio.sleep(PING_PAUSE)
    return waits.undisturbed()


async def _round_trips(member: ChatClient, seconds: float) -> list[float]:
    """Send messages, and return how many seconds each took to come back."""
    trips = _Waits()
    ends = time.perf_counter() + seconds
    while (began := time.perf_counter()) < ends:
        await member.send("still here")
        trips.add(time.perf_counter() - began)
        await asyncio.sleep(PAUSE)
    return trips.undisturbed()


class _Waits:
    """Seconds that somebody waited, without those in which the host took the processors away."""

    def __init__(self) -> None:
        self._waits: list[float] = []
        self._taken = [_taken()]

    def add(self, seconds: float) -> None:
        """Add one that has just ended."""
        self._waits.append(seconds)
        self._taken.append(_taken())

    def undisturbed(self) -> list[float]:
        """Return those in which little was taken. Raises `RuntimeError` if there are none."""
        taken = [*self._taken, _taken()]  # the system counts it a moment later
        spans = zip(self._waits, taken, taken[2:], strict=False)
        kept = [seconds for seconds, before, after in spans if after - before < MAX_TAKEN_SECONDS]
        report(f"left out {len(self._waits) - len(kept)} of {len(self._waits)} waits")
        if not kept:
            raise RuntimeError("the host takes the processors away all the time")
        return kept


def _taken() -> float:
    """Return for how many seconds the host has had the processors of this machine for others."""
    return float(getattr(psutil.cpu_times(), "steal", 0.0))
