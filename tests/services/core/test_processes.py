"""Programs in processes of their own."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Sequence

import psutil
import pytest

from services.core import processes


def python(script: str) -> Sequence[str]:
    return (sys.executable, "-c", script)


OTHERS: set[psutil.Process] = set()
"""Processes that tests before left running, such as the one that forks servers."""


@pytest.fixture(autouse=True)
def _others_are_known() -> None:
    OTHERS.clear()
    OTHERS.update(psutil.Process().children())


def children() -> list[psutil.Process]:
    """Return the processes that run since this test began."""
    return [each for each in psutil.Process().children() if each not in OTHERS]


async def nobody_runs() -> None:
    """Wait until all processes have ended."""
    ends = time.monotonic() + 10
    while children():
        assert time.monotonic() < ends
        await asyncio.sleep(0.01)


async def test_the_exit_code_and_what_was_written() -> None:
    command = python("import sys; print('said', flush=True); sys.exit(3)")
    code, said = await processes.run(command, max_bytes=100, stdout=subprocess.PIPE)
    assert (code, said.split()) == (3, [b"said"])


async def test_the_pipe_may_be_that_of_errors() -> None:
    command = python("import sys; print('lost'); print('wrong', file=sys.stderr)")
    code, said = await processes.run(
        command, max_bytes=100, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert (code, said.split()) == (0, [b"wrong"])


async def test_what_cannot_be_started() -> None:
    with pytest.raises(FileNotFoundError):
        await processes.run(("/no/such/program",), max_bytes=100, stdout=subprocess.PIPE)


async def test_who_writes_too_much_is_ended() -> None:
    endless = python("while True: print('x' * 1000)")
    with pytest.raises(ValueError, match="too much"):
        await processes.run(endless, max_bytes=10_000, stdout=subprocess.PIPE)
    assert children() == []


SLOW = python("import time; time.sleep(60)")


async def test_who_takes_too_long_is_ended() -> None:
    with pytest.raises(TimeoutError):
        await processes.run(SLOW, max_bytes=100, seconds=0.2, stdout=subprocess.PIPE)
    assert children() == []


@pytest.mark.parametrize("turns", [0, 1, 2])
async def test_who_is_cancelled_leaves_no_process(turns: int) -> None:
    running = asyncio.create_task(processes.run(SLOW, max_bytes=100, stdout=subprocess.PIPE))
    for _ in range(turns):
        await asyncio.sleep(0)  # before, and while it starts
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert children() == []


async def test_who_is_cancelled_later_leaves_no_process() -> None:
    running = asyncio.create_task(processes.run(SLOW, max_bytes=100, stdout=subprocess.PIPE))
    while not children():
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert children() == []


@pytest.mark.parametrize("turns", [0, 1, 2])
async def test_who_is_cancelled_twice_leaves_no_process(turns: int) -> None:
    running = asyncio.create_task(processes.run(SLOW, max_bytes=100, stdout=subprocess.PIPE))
    await asyncio.sleep(0)
    running.cancel()
    for _ in range(turns):
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await nobody_runs()


async def test_who_still_waits_for_a_thread_may_leave() -> None:
    def start(seconds: float | None = None) -> asyncio.Task[tuple[int, bytes]]:
        slow = processes.run(SLOW, max_bytes=100, seconds=seconds, stdout=subprocess.PIPE)
        return asyncio.create_task(slow)

    busy = [start() for _thread in range(processes.MAX_RUNNING)]
    while len(children()) < len(busy):
        await asyncio.sleep(0.01)
    patient, hasty = start(), start(seconds=0.1)
    async with asyncio.timeout(5):
        with pytest.raises(TimeoutError):
            await hasty
        patient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await patient
    for each in busy:
        each.cancel()
    await asyncio.wait(busy)
    await nobody_runs()


def test_whose_loop_ends_leaves_no_process() -> None:
    async def leave() -> None:
        asyncio.create_task(processes.run(SLOW, max_bytes=100, stdout=subprocess.PIPE))  # noqa: RUF006
        await asyncio.sleep(0)

    asyncio.run(leave())
    assert children() == []


async def test_the_loop_goes_on_while_a_program_runs() -> None:
    command = python("import time; time.sleep(0.5)")
    running = asyncio.create_task(processes.run(command, max_bytes=9, stdout=subprocess.PIPE))
    ticks = 0
    while not running.done():
        await asyncio.sleep(0.01)
        ticks += 1
    assert (await running)[0] == 0
    assert ticks >= 10
