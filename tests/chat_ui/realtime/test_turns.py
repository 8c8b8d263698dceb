"""Turns of the event loop: one caller goes on in each."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chat_ui.realtime.turns import own_turn
from tests.loop_turns import LoopTurns


class Callers:
    """Take a turn each, and note who went on in which."""

    def __init__(self) -> None:
        self.turns = LoopTurns()
        self.went_on: list[tuple[int, int]] = []
        self.tasks: list[asyncio.Task[None]] = []

    def start(self, number: int) -> None:
        """Start so many more."""
        first = len(self.tasks)
        self.tasks += [asyncio.create_task(self._call(first + each)) for each in range(number)]

    async def _call(self, caller: int) -> None:
        await own_turn()
        self.went_on.append((caller, self.turns.number))

    async def all(self) -> None:
        """Wait for all; they went on in order, each in a turn of its own."""
        async with asyncio.timeout(5):
            await asyncio.wait(self.tasks)
        passed = [each for each, task in enumerate(self.tasks) if not task.cancelled()]
        assert [caller for caller, _turn in self.went_on] == passed
        assert len({turn for _caller, turn in self.went_on}) == len(passed)


@pytest.fixture
async def callers() -> AsyncIterator[Callers]:
    made = Callers()
    yield made
    made.turns.stop()


@pytest.mark.parametrize("number", [1, 2, 21])
async def test_one_goes_on_in_a_turn(callers: Callers, number: int) -> None:
    callers.start(number)
    await callers.all()


@pytest.mark.parametrize("later", range(4))
async def test_whoever_comes_while_others_pass_waits_as_well(callers: Callers, later: int) -> None:
    callers.start(4)
    for _turn in range(later):
        await asyncio.sleep(0)
    callers.start(4)
    await asyncio.sleep(0)
    callers.start(4)
    await callers.all()


async def test_who_gives_up_keeps_nobody(callers: Callers) -> None:
    callers.start(4)
    await asyncio.sleep(0)
    callers.tasks[0].cancel()
    callers.tasks[2].cancel()
    callers.start(3)
    await callers.all()


async def test_all_may_give_up(callers: Callers) -> None:
    callers.start(2)
    await asyncio.sleep(0)
    for task in callers.tasks:
        task.cancel()
    await callers.all()
    callers.start(2)
    await callers.all()
