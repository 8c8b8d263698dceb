"""Memory and time that the server needs for many large uploads at once."""

import asyncio
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, compare
from benchmarks.progress import report
from benchmarks.seeding import seed
from benchmarks.servers import Server, chat

UPLOADS = 20
SIZE = 200 * 10**6
"""Bytes of each file, or fewer where the disk is short."""
LEAST = 10**6
CHUNK_SIZE = 256 * 1024
WARM_UP = 10**6
GOAL_MIB = 2.0
SAMPLE_INTERVAL = 0.02
"""Seconds between two measurements of the server's memory."""
BOUNDARY = "boundary-of-the-benchmark"


async def measure(folder: Path, *, rounds: int) -> list[Figure]:
    """Send many files at once, and write, hash and flush the same bytes in a bare loop."""
    size = _size(folder.parent)
    memory: list[float] = []
    times: list[list[float]] = [[], []]
    for turn in range(rounds):
        report(f"round {turn + 1} of {rounds}: {UPLOADS} files of {size / 10**6:.0f} MB")
        grown, seconds = await _upload(folder / f"{turn}", size)
        memory.append(grown)
        times[0].append(seconds)
        times[1].append(await asyncio.to_thread(_plain, folder / "plain", size))
    return [
        compare(
            f"server memory for each of {UPLOADS} uploads at once",
            memory,
            [CHUNK_SIZE / 2**20] * rounds,
            unit="MiB",
            against="one chunk of a file",
            most=GOAL_MIB,
        ),
        compare(
            f"seconds for {UPLOADS} files of {size / 10**6:.0f} MB",
            *times,
            unit="s",
            against="writing, hashing and flushing them in a bare loop",
        ),
    ]


def _size(folder: Path) -> int:
    """Return how large a file may be, so that the disk stays below the server's own limit."""
    disk = shutil.disk_usage(folder)
    # What has arrived and what is announced both count during an upload.
    size = min(SIZE, int(disk.free - 0.06 * disk.total) // (3 * UPLOADS))
    if size < LEAST:
        raise RuntimeError(f"{folder}: the disk has no room for {UPLOADS} files")
    return size


async def _upload(folder: Path, size: int) -> tuple[float, float]:
    """Return the MiB by which the server grew for each upload, and how long all took."""
    seeded = await seed(folder, UPLOADS, [50])
    tokens = list(seeded.sessions.values())
    try:
        with chat(folder, CHAT_FILE_SIZE=str(size)) as server:
            await asyncio.gather(*(_send(server, token, WARM_UP) for token in tokens))
            before = server.memory()
            watching = asyncio.create_task(_watch(server))
            began = time.perf_counter()
            await asyncio.gather(*(_send(server, token, size) for token in tokens))
            seconds = time.perf_counter() - began
            watching.cancel()
            most = await watching
    finally:
        shutil.rmtree(folder)
    return (most - before) / UPLOADS / 2**20, seconds


async def _watch(server: Server) -> int:
    """Return the peak of the server's memory in bytes, once this is cancelled."""
    most = 0
    try:
        while True:
            most = max(most, server.memory())
            await asyncio.sleep(SAMPLE_INTERVAL)
    except asyncio.CancelledError:
        return most


async def _send(server: Server, token: str, size: int) -> None:
    """Send one file to the Lobby, as a browser does."""
    start, end = _around(token, size)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(
        (
            "POST /rooms/1/files HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{server.port}\r\nOrigin: {server.address}\r\n"
            f"Cookie: chat-session-{server.port}={token}\r\nConnection: close\r\n"
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
            f"Content-Length: {len(start) + size + len(end)}\r\n\r\n"
        ).encode()
        + start
    )
    for chunk in _chunks(token.encode(), size):
        writer.write(chunk)
        await writer.drain()
    writer.write(end)
    answer = await reader.read()
    writer.close()
    if b" 201 " not in answer[:20]:
        raise RuntimeError(answer.decode())


def _around(token: str, size: int) -> tuple[bytes, bytes]:
    """Return the parts of a form before and after its file."""
    field = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name="
    number = f'{field}"id"\r\n\r\n{token[:16]}-{size}\r\n'
    file = f'{field}"file"; filename="large.bin"\r\n\r\n'
    return (number + file).encode(), f"\r\n--{BOUNDARY}--\r\n".encode()


def _chunks(mark: bytes, size: int) -> Iterator[bytes]:
    """Yield the chunks of a binary file, a different one for each `mark`."""
    chunk = mark + os.urandom(CHUNK_SIZE - len(mark))
    for start in range(0, size, CHUNK_SIZE):
        yield chunk[: size - start]


def _plain(folder: Path, size: int) -> float:
    """Return how long a bare loop takes to store the same files as safely."""
    folder.mkdir(parents=True)
    began = time.perf_counter()
    for number in range(UPLOADS):
        hashed = hashlib.sha256()
        with (folder / f"{number}").open("wb", buffering=0) as file:
            for chunk in _chunks(b"%d" % number, size):
                file.write(chunk)
                hashed.update(chunk)
            os.fsync(file.fileno())
    seconds = time.perf_counter() - began
    shutil.rmtree(folder)
    return seconds
