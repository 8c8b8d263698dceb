"""The disk gets full, and then has space again."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path

from benchmarks.chaos.oracle import MissingTool, compare, require
from benchmarks.chaos.room import connect_all
from benchmarks.client import ChatClient, Rejected
from benchmarks.seeding import seed
from benchmarks.servers import chat

PEOPLE = 4
SIZE = 16
"""Megabytes of the disk."""
FULL = ("The server's disk is full.", "The server's disk is nearly full.")
"""How refusals begin: by what was tried, or by the space that was left before."""
WITHIN = 30.0


async def run(folder: Path, *, refusals: int = 50) -> list[str]:
    """Fill the disk until so many messages were refused, then free space; return the facts."""
    with small_disk(folder, SIZE):
        return await _run(folder / "data", folder / "filler", refusals)


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[None]:
    """Mount a small disk at `place`. Raises `MissingTool` where that is not allowed."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise MissingTool("only root may mount a small disk here") from error
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


async def _run(data: Path, filler: Path, refusals: int) -> list[str]:
    seeded = await seed(data, PEOPLE, [])
    with chat(data) as server:
        async with AsyncExitStack() as stack:
            people = await connect_all(stack, server, seeded, ChatClient)
            for person in people:
                await person.open()
                await person.send("There is room.")
            _fill(filler)
            errors = await _send_until_refused(people, refusals)
            unexpected = {sentence for sentence in errors if not sentence.startswith(FULL)}
            require(not unexpected, f"unexpected refusals: {unexpected}")
            await people[0].open()  # messages can still be read
            filler.unlink()
            began = time.monotonic()
            for person in people:
                await person.send("There is room again.")
            took = time.monotonic() - began
            stored = compare(data, people, settled=True)
        require(server.stop() == 0, "it did not stop cleanly")
        server.start()
        compare(data, people, settled=True)
    return [
        f"{stored} messages stored once",
        f"{len(errors)} refused while the disk was full",
        f"{PEOPLE} stored {took:.1f} s after there was room",
    ]


async def _send_until_refused(people: list[ChatClient], refusals: int) -> list[str]:
    """Return the reasons with which messages were refused; some may still be stored."""
    errors: list[str] = []
    ends = time.monotonic() + WITHIN
    while len(errors) < refusals:
        require(time.monotonic() < ends, "messages are stored on a full disk without end")
        for number, person in enumerate(people):
            try:
                await person.send(f"Is there room for {number}?")
            except Rejected as refused:
                errors.append(str(refused))
    return errors


def _fill(filler: Path) -> None:
    """Write until the disk is full."""
    with filler.open("wb", buffering=0) as file:
        for piece in (1 << 20, 1 << 12, 1):
            with suppress(OSError):
                while file.write(bytes(piece)) == piece:
                    pass
