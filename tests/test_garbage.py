"""What closed pages leave behind is looked for, and not too often."""

import gc

import pytest
from nicegui import Client, ui

from chat_ui.server import garbage


@pytest.mark.parametrize(("open_pages", "needed"), [(0, garbage.FEWEST), (1_000, 4_000)])
def test_it_is_looked_for_once_several_times_as_many_have_closed_as_are_open(
    monkeypatch, open_pages: int, needed: int
) -> None:
    looks: list[int] = []
    page = Client(ui.page("/"))
    monkeypatch.setattr(garbage, "_closed", 0)
    monkeypatch.setattr(gc, "collect", lambda: looks.append(1))
    monkeypatch.setattr(Client, "instances", dict.fromkeys(map(str, range(open_pages))))
    for _page in range(2 * needed - 1):
        garbage.page_closed(page)
    assert len(looks) == 1
    garbage.page_closed(page)
    assert len(looks) == 2
