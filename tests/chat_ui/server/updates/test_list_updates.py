"""Lists of messages are drawn again one by one, and nobody waits for all lists of somebody else."""

import asyncio
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import pytest
from nicegui import core

from chat_ui.server.updates import list_updates
from services.core.dto import MessageView


@dataclass(eq=False)
class Recorded:
    """A page that notes when its list is drawn."""

    name: str
    drawn: list[str] = field(repr=False)
    fails: bool = False

    def lists(self, room_id: int, changed: Collection[MessageView]) -> bool:
        return True

    async def refresh_list(self) -> None:
        self.drawn.append(self.name)
        if self.fails:
            raise ZeroDivisionError


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    monkeypatch.setattr(list_updates, "DELAY_SECONDS", 0.01)
    yield []
    list_updates.clear()


async def until(drawn: list[str], many: int) -> None:
    async with asyncio.timeout(10):
        while len(drawn) < many:
            await asyncio.sleep(0.01)


async def test_each_list_is_drawn_once_and_people_take_turns(
    drawn: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core, "loop", asyncio.get_running_loop())
    many = [Recorded(f"asha {number}", drawn) for number in range(3)]
    for page in [*many, *many]:
        list_updates.add(1, page)
    list_updates.add(2, Recorded("ben", drawn))
    await until(drawn, 4)
    await asyncio.sleep(0.05)
    assert drawn == ["asha 0", "ben", "asha 1", "asha 2"]


async def test_one_that_fails_leaves_the_others_theirs(
    drawn: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(core, "loop", asyncio.get_running_loop())
    list_updates.add(1, Recorded("broken", drawn, fails=True))
    list_updates.add(2, Recorded("whole", drawn))
    await until(drawn, 2)
    assert "Failed to show a list" in caplog.text


async def test_what_changes_while_it_is_drawn_is_drawn_again(
    drawn: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core, "loop", asyncio.get_running_loop())
    page = Recorded("asha", drawn)
    list_updates.add(1, page)
    await until(drawn, 1)
    list_updates.add(1, page)
    await until(drawn, 2)
