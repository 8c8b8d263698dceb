"""Redrawing a page, as `--edit` does at every save."""

import asyncio
from typing import Any

import pytest
from nicegui import Client

from chat_ui import layout
from chat_ui.realtime import subscriptions
from chat_ui.rooms.composer import composer
from tests.loop_turns import LoopTurns
from tests.pages.conftest import Guest


async def test_redrawing_puts_the_same_in_place_of_the_old(asha: Guest) -> None:
    for path in ("/", "/rooms", "/account", "/people"):
        client = await asha.open(path)
        page = subscriptions.pages()[client.id]
        before = len(client.elements)
        for _time in range(3):
            with client:
                await page.redraw()  # type: ignore[attr-defined]
        assert len(client.elements) == before
        assert len(asha.elements(data_testid="room-list")) == 1


async def test_when_drawing_fails_the_old_page_stays(
    asha: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await asha.open("/")
    page = subscriptions.pages()[client.id]
    before = set(client.elements)

    def fail(_room: object, _address: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(composer, "draw", fail)
    with client, pytest.raises(ZeroDivisionError):
        await page.redraw()  # type: ignore[attr-defined]
    assert set(client.elements) == before
    await asha.detail("send", {"room": 1, "id": "message-1", "text": "still here"})
    monkeypatch.undo()
    with client:
        await page.redraw()  # type: ignore[attr-defined]
    assert len(asha.elements(data_composer=True)) == 1


async def test_a_closed_page_is_forgotten(asha: Guest) -> None:
    client = await asha.open("/")
    assert client.id in subscriptions.pages()
    client.delete()
    assert client.id not in subscriptions.pages()
    assert client.id not in Client.instances


async def test_pages_are_drawn_one_in_each_turn_of_the_loop(
    asha: Guest, ben: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: list[Any] = []
    for guest in (asha, ben):
        client = await guest.open("/")
        pages.append(subscriptions.pages()[client.id])
    turns, drawn, draw = LoopTurns(), list[int](), layout.draw

    def note(*arguments: Any, **options: Any) -> layout.Frame:
        drawn.append(turns.number)
        return draw(*arguments, **options)

    async def redraw(page: Any) -> None:
        page.path = "/nowhere"  # which is found without asking the database
        with page.client:
            await page._draw_all()

    monkeypatch.setattr(layout, "draw", note)
    await asyncio.gather(*map(redraw, pages))
    turns.stop()
    assert len(set(drawn)) == len(pages)
