"""Panels that list messages show them as they are now."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from chat_ui import routes
from chat_ui.realtime import subscriptions
from chat_ui.server.updates import listeners
from services.core import app_context
from services.core.dto import MessageView
from services.core.errors import RateLimited
from services.core.limits.rate_limits import RateLimit
from services.messages import edits, history, messages, pins, reactions
from services.rooms import rooms
from tests.conftest import add_member
from tests.pages.conftest import Guest
from tests.upload_client import new_message_id


@pytest.fixture
async def room(asha: Guest, ben: Guest, monkeypatch: pytest.MonkeyPatch) -> int:
    """A room of asha's that ben is in, and whose changes panels show at once."""
    monkeypatch.setattr(listeners._panels, "seconds", 0)
    viewer = await asha.viewer()
    made = await rooms.create(viewer, name="Study group", topic="", private=True)
    await add_member(viewer, made, "ben")
    return made


async def open_page(guest: Guest, path: str) -> Any:
    client = await guest.open(path)
    return subscriptions.pages()[client.id]


async def say(guest: Guest, room: int, text: str, **more: int) -> int:
    """Send a message; return its `seq`."""
    sent, _is_new = await messages.send(await guest.viewer(), room, text, new_message_id(), **more)
    return sent.seq


def shown(page: Any) -> str:
    """Return the HTML of the panel of a page."""
    return str(page.context.panel._html)


async def test_a_panel_is_refreshed_while_another_view_is_looked_up(
    asha: Guest, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await open_page(asha, f"/rooms/{room}/pins")
    looking, found, look_up = asyncio.Event(), asyncio.Event(), routes.look_up

    async def slowly(*arguments: Any) -> Any:
        looking.set()
        await found.wait()
        return await look_up(*arguments)

    monkeypatch.setattr(routes, "look_up", slowly)
    going = asyncio.create_task(page.open("/search"))
    await looking.wait()
    await pins.pin(await asha.viewer(), room, await say(asha, room, "pinned meanwhile"))
    await page.refresh_panel(await history.changed(room, 0))
    assert "pinned meanwhile" in shown(page)
    found.set()
    await going


async def test_one_page_that_fails_leaves_the_others_theirs(
    asha: Guest,
    ben: Guest,
    room: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    hers = await open_page(asha, f"/rooms/{room}/pins")
    his = await open_page(ben, f"/rooms/{room}/pins")

    def fail(_panel: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(hers.context.panel, "fill", fail)
    await pins.pin(await asha.viewer(), room, await say(asha, room, "a pin for ben"))
    await refreshed(room, await history.changed(room, 0))
    assert "a pin for ben" in shown(his)
    assert "Failed to show a page what changed" in caplog.text
    caplog.clear()


async def test_a_panel_is_read_again_only_for_what_it_lists(asha: Guest, room: int) -> None:
    viewer = await asha.viewer()
    original, other = await say(asha, room, "Who brings cake?"), await say(asha, room, "other")
    for name, change in (
        ("pins", lambda: pins.pin(viewer, room, other)),
        ("pins", lambda: pins.unpin(viewer, room, other)),
        (f"replies/{original}", lambda: say(asha, room, "I do.", reply_to=original)),
        (f"replies/{original}", lambda: edits.edit(viewer, room, original + 2, "Not I.")),
    ):
        page = await open_page(asha, f"/rooms/{room}/{name}")
        panel, before = page.context.panel, await last_change(room)
        await reactions.add(viewer, room, other if name != "pins" else original, "👍")
        after = await last_change(room)
        assert not panel.lists(await history.changed(room, before))
        await change()
        assert panel.lists(await history.changed(room, after))


async def test_what_is_refreshed_counts_against_no_limit(
    asha: Guest, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await open_page(asha, f"/rooms/{room}/pins")
    viewer = await asha.viewer()
    await pins.pin(viewer, room, await say(asha, room, "a pin"))
    used = RateLimit("1 per hour")
    used.consume(viewer.user_id)
    opened = app_context.current()
    limits = replace(opened.rate_limits, read=used)
    monkeypatch.setattr(app_context, "_current", replace(opened, rate_limits=limits))
    with pytest.raises(RateLimited):
        await pins.of_room(viewer, room)
    await page.refresh_panel(await history.changed(room, 0))
    assert "a pin" in shown(page)


async def refreshed(room: int, changed: Sequence[MessageView]) -> None:
    """Wait until panels beside a room list messages that have changed."""
    await listeners._refresh_panels(room, changed)


async def last_change(room: int) -> int:
    return max((each.change for each in await history.changed(room, 0)), default=0)
