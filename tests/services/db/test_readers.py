"""The threads that run reads."""

import asyncio
import threading
from collections.abc import Iterator
from contextvars import ContextVar

import pytest

from services.core.errors import Unavailable
from services.db.readers import Readers

number: ContextVar[int] = ContextVar("number", default=0)


@pytest.fixture
def readers() -> Iterator[Readers]:
    """Two threads."""
    made = Readers(2)
    yield made
    made.close()


async def test_a_read_runs_on_another_thread_in_the_context_of_its_caller(readers) -> None:
    number.set(7)
    assert await readers.run(number.get) == 7
    assert await readers.run(threading.current_thread) is not threading.current_thread()


async def test_reads_run_at_the_same_time(readers) -> None:
    both = threading.Barrier(2, timeout=10)
    assert len(await asyncio.gather(*(readers.run(both.wait) for _each in range(2)))) == 2


@pytest.mark.parametrize("error", [ValueError("none"), SystemExit(1)])
async def test_what_a_read_raises_reaches_its_caller(readers, error: BaseException) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        await readers.run(fail)
    assert raised.value is error
    assert await readers.run(lambda: 1) == 1


async def test_an_error_that_no_future_takes_reaches_its_caller(readers) -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        await readers.run(lambda: next(iter(())))


async def test_a_cancelled_caller_disturbs_nobody(readers) -> None:
    may_end = threading.Event()
    waiting = asyncio.create_task(readers.run(lambda: may_end.wait(10)))
    await asyncio.sleep(0.05)
    waiting.cancel()
    may_end.set()
    assert await asyncio.gather(*(readers.run(lambda: 1) for _each in range(4))) == [1] * 4


async def test_a_read_for_which_nobody_waits_any_more_does_not_run() -> None:
    readers = Readers(1)
    may_end = threading.Event()
    ran: list[int] = []
    first = asyncio.create_task(readers.run(lambda: may_end.wait(10)))
    second = asyncio.create_task(readers.run(lambda: ran.append(2)))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.sleep(0)
    may_end.set()
    assert await first
    readers.close()
    assert ran == []


async def test_reads_that_wait_are_finished_and_later_ones_refused() -> None:
    readers = Readers(1)
    waiting = [asyncio.create_task(readers.run(lambda: 1)) for _each in range(3)]
    await asyncio.sleep(0)
    readers.close()
    assert await asyncio.gather(*waiting) == [1] * 3
    with pytest.raises(Unavailable):
        await readers.run(lambda: 1)
