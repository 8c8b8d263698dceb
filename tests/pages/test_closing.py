"""A page that is closed leaves nothing: neither in our tables, nor for the garbage collector."""

import asyncio
import gc
from weakref import ref

from chat_ui.compat import element_cycles
from chat_ui.realtime import page_owners, subscriptions
from tests.pages.conftest import Guest


async def test_all_of_a_closed_page_goes_with_it(asha: Guest, no_garbage_collector: None) -> None:
    await asha.open("/rooms/1")  # with no page left open, `memory` would collect the garbage
    client = await asha.open("/rooms/1")
    number = client.id
    page = subscriptions.pages()[number]
    await page.go("/rooms")
    parts = [part for each in client.elements.values() for part in (each, each.props, each.classes)]
    left = [ref(each) for each in (client, page, *parts)]
    assert len(left) > 30
    client.delete()
    asha.user.client = None
    del client, page, parts
    async with asyncio.timeout(10):  # what waits for the page hears of its end
        while any(each() is not None for each in left):
            if not element_cycles.PATCH.is_active:
                gc.collect()  # NiceGUI's own elements hold themselves
            await asyncio.sleep(0.05)
    assert number not in subscriptions.pages()
    assert not page_owners.is_known(number)


async def test_a_closed_page_is_told_nothing(asha: Guest) -> None:
    client = await asha.open("/rooms/1")
    context = subscriptions.pages()[client.id].context
    client.delete()

    async def undo() -> None:
        """Nobody can ask for it."""

    context.offer_undo("Deleted", undo)
    context.notify("Stored")
    assert context.toast is None
    assert not client.elements
