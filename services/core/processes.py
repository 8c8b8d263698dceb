"""Running a program in a process of its own, started on a thread.

To start one takes until it has been loaded, and on the event loop that stops everybody: 14 ms for a
server of 250 MiB, with uvloop, which also copies the tables of the server's memory, by fork(2). On
a thread it stops the loop for about 4 ms on Linux: CPython calls vfork(2), and holds its lock until
the new process runs the program. On macOS it calls fork(2), too.
"""

import asyncio
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

CHUNK_SIZE = 64 * 1024
MAX_RUNNING = 4
"""Programs that run at a time; others wait."""
Command = Sequence[str | Path]

_threads = ThreadPoolExecutor(MAX_RUNNING, thread_name_prefix="processes")


async def run(
    command: Command, *, max_bytes: int, seconds: float | None = None, **options: Any
) -> tuple[int, bytes]:
    """Run a program; return its exit code and what it wrote to the one pipe in `options`.

    `options` are those of `subprocess.Popen`. When this returns, raises or is cancelled, the
    process has ended; when it is cancelled twice, it has been killed, or is as soon as it has
    started. Raises `OSError` if it cannot be started, `TimeoutError` after so many `seconds`, of
    waiting for others as well, and `ValueError` if it writes more than `max_bytes`.
    """
    process: subprocess.Popen[Any] | None = None
    given_up = False

    def work() -> tuple[int, bytes]:
        nonlocal process
        process = subprocess.Popen(command, **options)  # noqa: S603 - nobody types a command in
        if given_up:  # set below before `process` is looked at: one of the two kills it
            process.kill()
        return _read(process, max_bytes)

    running = _threads.submit(work)
    ended = asyncio.wrap_future(running)
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.shield(ended)
    finally:  # whoever is cancelled a second time leaves at the `await`
        given_up = True
        if process and not running.done():
            process.kill()
        if not running.done() and not running.cancel():  # cancelled: it still waited for a thread
            await asyncio.wait([ended])  # the pipe ends with the process


def _read(process: subprocess.Popen[Any], max_bytes: int) -> tuple[int, bytes]:
    pipe = process.stdout or process.stderr
    assert pipe is not None
    written = bytearray()
    with process:
        while chunk := pipe.read1(CHUNK_SIZE):  # type: ignore[attr-defined]
            written += chunk
            if len(written) > max_bytes:
                process.kill()
                raise ValueError("the program wrote too much")
    return process.returncode, bytes(written)
