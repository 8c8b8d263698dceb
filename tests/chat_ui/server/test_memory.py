"""Memory that closed pages leave is collected and given back, and not too often."""

import asyncio
import gc
import sys

import pytest
from nicegui import Client, ui

from chat_ui.server import memory


@pytest.mark.parametrize(("open_pages", "needed"), [(0, memory.MIN_CLOSED), (1_000, 4_000)])
def test_garbage_is_collected_once_several_times_as_many_have_closed_as_are_open(
    monkeypatch, open_pages: int, needed: int
) -> None:
    looks: list[int] = []
    page = Client(ui.page("/"))
    monkeypatch.setattr(memory, "_closed", 0)
    monkeypatch.setattr(gc, "collect", lambda: looks.append(1))
    monkeypatch.setattr(Client, "instances", dict.fromkeys(map(str, range(open_pages))))
    for _page in range(2 * needed - 1):
        memory.page_closed(page)
    assert len(looks) == 1
    memory.page_closed(page)
    assert len(looks) == 2


async def test_memory_of_closed_pages_is_given_back_a_few_times(monkeypatch) -> None:
    looks, given, ticks = list[int](), list[int](), list[float]()

    async def tick(seconds: float) -> None:
        ticks.append(seconds)
        if len(ticks) > 10:
            raise asyncio.CancelledError

    monkeypatch.setattr(asyncio, "sleep", tick)
    monkeypatch.setattr(memory, "_trimmer", lambda: given.append)
    monkeypatch.setattr(gc, "collect", lambda: looks.append(1))
    monkeypatch.setattr(Client, "instances", {})
    monkeypatch.setattr(memory, "_closed", 1)
    monkeypatch.setattr(memory, "_trims_due", 4)
    with pytest.raises(asyncio.CancelledError):
        await memory.give_back()
    assert looks == [1]
    assert given == [0] * 4


@pytest.mark.skipif(sys.platform != "linux", reason="glibc is Linux's")
def test_glibc_has_what_gives_memory_back() -> None:
    trim = memory._trimmer()
    assert trim is None or trim(0) in (0, 1)
