"""Queues of sessions: a session's own events wait for each other, and for no other's."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chat_ui.realtime import session_queue
from chat_ui.realtime.session_queue import AT_ONCE, MAX_WAITING

FIRST, SECOND = 1, 2


class Events:
    """Events of one session that are handled until they are told to end."""

    def __init__(self, session_id: int) -> None:
        self.session_id = session_id
        self.begun: list[int] = []
        self.tasks: list[asyncio.Task[None]] = []
        self._ends: list[asyncio.Event] = []

    async def start(self, number: int) -> None:
        """Start so many more, and let them go as far as they can."""
        for _each in range(number):
            self._ends.append(asyncio.Event())
            self.tasks.append(asyncio.create_task(self._handle(len(self.tasks))))
        await settled()

    async def _handle(self, each: int) -> None:
        async with session_queue.turn(self.session_id):
            self.begun.append(each)
            await self._ends[each].wait()

    async def end(self, each: int) -> None:
        """End one."""
        self._ends[each].set()
        await settled()


async def settled() -> None:
    """Let the event loop turn until whoever can go on has."""
    for _turn in range(10):
        await asyncio.sleep(0)


@pytest.fixture
async def first() -> AsyncIterator[Events]:
    made = Events(FIRST)
    yield made
    for task in made.tasks:
        task.cancel()
    await asyncio.gather(*made.tasks, return_exceptions=True)


async def test_some_are_handled_at_a_time_in_order(first: Events) -> None:
    await first.start(AT_ONCE + 3)
    assert first.begun == list(range(AT_ONCE))
    await first.end(1)
    assert first.begun == list(range(AT_ONCE + 1))
    await first.end(0)
    await first.end(2)
    assert first.begun == list(range(AT_ONCE + 3))


async def test_nobody_waits_for_another_session(first: Events) -> None:
    await first.start(AT_ONCE + 3)
    async with asyncio.timeout(5), session_queue.turn(SECOND):
        await session_queue.wait_for_space(SECOND)


async def test_one_handler_may_call_another(first: Events) -> None:
    await first.start(AT_ONCE - 1)
    async with asyncio.timeout(5), session_queue.turn(FIRST), session_queue.turn(FIRST):
        pass
    await first.start(AT_ONCE)  # they gave back one turn, not two
    assert first.begun == list(range(AT_ONCE))


async def test_who_is_cancelled_keeps_no_turn(first: Events) -> None:
    await first.start(AT_ONCE + 2)
    for each in (0, AT_ONCE):  # one that is handled, and one that waits
        first.tasks[each].cancel()
    await settled()
    assert first.begun == [*range(AT_ONCE), AT_ONCE + 1]


async def test_a_turn_ends_with_an_error(first: Events) -> None:
    for _each in range(AT_ONCE + 1):
        with pytest.raises(ZeroDivisionError):
            async with asyncio.timeout(5), session_queue.turn(FIRST):
                raise ZeroDivisionError
    await first.start(1)
    assert first.begun == [0]


async def test_there_is_space_until_many_wait(first: Events) -> None:
    async with asyncio.timeout(5):
        await session_queue.wait_for_space(FIRST)
        await first.start(AT_ONCE + MAX_WAITING - 1)
        await session_queue.wait_for_space(FIRST)
        await first.start(1)
        waiting = asyncio.create_task(session_queue.wait_for_space(FIRST))
        await settled()
        assert not waiting.done()
        await first.end(0)
        await waiting
