"""Power cuts: does the disk hold every message that showed ✓, without what was not flushed?

A server runs under `strace`, which records in which order it wrote, flushed and answered. From
that, `disk` reconstructs what a power cut at any moment would leave.
"""

import asyncio
import random
import re
import shutil
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.chaos.disk import Disk
from benchmarks.chaos.oracle import read_messages, require
from benchmarks.chaos.room import connect_all
from benchmarks.chaos.trace import Call, read, tracer
from benchmarks.client import ChatClient
from benchmarks.seeding import seed
from benchmarks.servers import chat
from services.core.disk import data_folder

PEOPLE = 4
FILES_AFTER = 10
"""Each person sends a file after this many messages."""
FILE = 50_000
"""Bytes of a file, few enough for one write."""
SENDS = {"write", "writev", "sendto", "sendmsg"}
_SHOWN = re.compile(rb'data-client-id=\\"([^"\\]+)\\"')


async def run(
    folder: Path, *, messages: int = 100, cuts: int = 200, random_seed: int = 0
) -> list[str]:
    """Record a server while a few people send messages, then simulate power cuts."""
    calls = await record(folder, messages=messages)
    return await asyncio.to_thread(judge, folder, calls, cuts=cuts, random_seed=random_seed)


async def record(folder: Path, *, messages: int) -> list[Call]:
    """Return the system calls of a server while people sent messages. Raises `MissingTool`."""
    under = tracer(_log(folder))
    seeded = await seed(folder, PEOPLE, [])
    shutil.copytree(folder, _before(folder))
    server = chat(folder)
    server.command[:0] = under
    with server:
        async with AsyncExitStack() as stack:
            people = await connect_all(stack, server, seeded, ChatClient)
            await asyncio.gather(*(_send_messages(person, messages) for person in people))
    return list(read(_log(folder), folder))


def judge(
    folder: Path, calls: list[Call], *, cuts: int, random_seed: int = 0, honours_fsync: bool = True
) -> list[str]:
    """Cut the power at random moments of the recording; return the facts.

    Half of the cuts are at the moment when an answer is sent: what it confirms must be on the disk.
    With a disk that does not honour fsync, that is a `Disagreement`.
    """
    rng = random.Random(random_seed)
    chosen = _choose(calls, cuts, rng)
    disk = Disk(folder, _before(folder), honours_fsync=honours_fsync)
    shown: set[str] = set()
    for moment, call in enumerate(calls):
        disk.record(call)
        for client_id in _shown(call) - shown:
            stored = any(disk.holds(name, client_id.encode()) for name in _DATABASE)
            require(stored, f"{client_id} was shown before it was on the disk")
            shown.add(client_id)
        if moment in chosen:
            _cut(disk, shown, rng)
    require(shown, "no message was shown")
    return [
        f"{len(shown)} messages on the disk before they were shown",
        f"{len(chosen)} power cuts",
    ]


_DATABASE = (data_folder.DATABASE, f"{data_folder.DATABASE}-wal")


def _choose(calls: list[Call], cuts: int, rng: random.Random) -> set[int]:
    """Return the indexes of the calls after which the power is cut."""
    answers = [moment for moment, call in enumerate(calls) if _shown(call)]
    at_answers = rng.sample(answers, min(cuts // 2, len(answers)))
    elsewhere = rng.sample(range(len(calls)), min(cuts - len(at_answers), len(calls)))
    return {*at_answers, *elsewhere}


def _shown(call: Call) -> set[str]:
    """Return the messages that a call sends to some client."""
    if call.result is not None or call.name not in SENDS or not call.opened.startswith("socket:"):
        return set()
    return {found.decode() for found in _SHOWN.findall(b"".join(call.strings))}


def _cut(disk: Disk, shown: set[str], rng: random.Random) -> None:
    """Check that after a power cut everything shown is stored and nothing is damaged."""
    with tempfile.TemporaryDirectory(prefix="simple-chat-chaos-") as name:
        left = Path(name) / "left"
        disk.cut(left, rng)
        lost = shown - read_messages(left).keys()
        require(not lost, f"shown before the power cut, and lost: {lost}")


async def _send_messages(person: ChatClient, messages: int) -> None:
    await person.open()
    for number in range(messages):
        await person.send(f"{person.username} says {number}")
        if number % FILES_AFTER == 0:
            await person.send_file(f"{person.username} {number} ".encode().ljust(FILE))


def _log(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.log")


def _before(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}-before")
