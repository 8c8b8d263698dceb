"""Previews of links on the page: turned on by an administrator, removed from a message's menu."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from services.core import app_context
from services.core.limits.rate_limited import by_itself
from services.links import switch
from services.messages import messages
from services.rooms import rooms
from tests.conftest import add_member
from tests.linked_site import Site, html, linked_site, only
from tests.pages.conftest import Guest


@pytest.fixture
def site() -> Iterator[Site]:
    with linked_site() as running:
        running.pages["/comets"] = html("Comets")
        yield running


async def test_an_administrator_turns_them_on_and_off(asha: Guest, ben: Guest) -> None:
    assert await ben.status("/branding") == 404
    await asha.open("/branding")
    await asha.user.should_see("the site sees this server's address, never a reader's")
    await asha.press("Turn on")
    assert switch.is_on()
    assert asha.notifications == ["Links have previews from now on."]
    await asha.press("Turn off")
    assert not switch.is_on()
    await asha.open("/audit")
    await asha.user.should_see("turned previews of links on")
    await asha.user.should_see("turned previews of links off")


async def test_a_preview_comes_and_is_removed(asha: Guest, ben: Guest, site: Site) -> None:
    app_context.use(replace(app_context.current(), link_reach=only(site)))
    await asha.open("/branding")
    await asha.press("Turn on")
    viewer = await asha.viewer()
    room = await rooms.create(viewer, name="Chess", topic="", private=True)
    await add_member(viewer, room, "ben")
    said = f"{site.address}/comets"
    sent, _new = await messages.send(await ben.viewer(), room, said, "said-by-ben-1")
    with by_itself():
        async with asyncio.timeout(30):
            while (await messages.get(viewer, room, sent.seq)).link is None:
                await asyncio.sleep(0.01)
    asked = {"action": "remove_preview", "room": room, "seq": sent.seq}
    await ben.open(f"/rooms/{room}")
    await ben.detail("message_action", asked)
    assert (await messages.get(viewer, room, sent.seq)).link is None
    assert site.paths() == ["/comets"]
