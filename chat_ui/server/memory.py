"""Frees the memory of closed pages, without collecting garbage all the time.

An open page holds thousands of long-lived objects, and Python's garbage collector scans the
youngest generation every few hundred allocations: up to a third of the CPU of a busy server. A full
collection stops the server for about a millisecond for each open page. Without any, a day of visits
would take a gigabyte (`python -m benchmarks --only visitors`).

So a closed page must be freed with the last reference to it. Its own reference cycles are broken
here, those of libraries in `chat_ui.compat.element_cycles` and `connection_cycles`. What else may make
cycles, such as a page of your own, shows in the number of allocated blocks: garbage is collected once
closed pages have left too many.

The C library keeps freed memory for later allocations, so the server would stay as large as at its
busiest moment. It is regularly asked to return memory to the system.
"""

import asyncio
import ctypes
import gc
import sys
import time
from collections import Counter
from collections.abc import Callable

from nicegui import Client, app

from chat_ui.realtime import page_owners

CLOSED_PER_LOOK = 50
"""Closed pages between two looks at the number of blocks, each of which takes half a millisecond."""
BLOCKS_PER_PAGE = 2_000
"""A little more than an open page has (1,550 with an empty room)."""
MAX_LEFT = 500_000
"""Blocks that closed pages may leave, about 50 MiB. If more are open than have so many, as many as these
have: a collection lasts longer the more are open, and so is rarer."""
TRIM_EVERY_SECONDS = 5.0
"""Seconds between two returns of memory to the system, if pages have closed since."""
TAB_STORAGE_SECONDS = 10.0
"""Seconds for which NiceGUI keeps a store for each tab, empty as it is; its default is a month."""

UNCONNECTED_SECONDS = 57.0
"""Seconds in which the browser of a page has to connect. NiceGUI gives it 60, and then ends all such
pages at once, for which it would stop the server."""
MAX_UNCONNECTED = 20
"""How many such pages a session may have, as a browser does that opens the tabs of yesterday. Older
ones end at once: each makes the work of the garbage collector longer."""
LOOK_EVERY_SECONDS = 1.0
"""How often to look for such pages."""

THRESHOLDS = (2_000, 5, 5_000)
"""Of the garbage collector. The first two are small: a collection of 2,000 new objects, or of those
that the last five left, takes a few milliseconds, and all of them together as long as a few large
ones. The third makes it hardly ever look through all objects by itself.

That holds up to Python 3.13. The collector of 3.14 ignores the third, and with the new objects always
looks through a part of the old ones, which is larger the smaller the second is (`gc.set_threshold`)."""

_closed = 0
"""Pages since the last collection."""
_others: int | None = None
"""Blocks that did not belong to pages, after it; None before the first look."""
_trims_due = 0


def configure() -> None:
    """Make Python collect garbage rarely, and NiceGUI keep little for closed tabs."""
    gc.set_threshold(*THRESHOLDS)
    app.storage.max_tab_storage_age = TAB_STORAGE_SECONDS


def page_closed(client: Client) -> None:
    """Break the reference cycles of a closed page; collect garbage when it is due."""
    global _closed, _trims_due
    client.connect_handlers.clear()
    client.disconnect_handlers.clear()
    _trims_due = 4  # several times: some memory of a page is freed many seconds later
    _closed += 1
    if _closed % CLOSED_PER_LOOK == 0:
        _look()


def _look() -> None:
    """Collect garbage if closed pages seem to have left too much."""
    global _others
    others = _count_others()
    if _others is None:
        _others = others
    elif others - _others > max(MAX_LEFT, BLOCKS_PER_PAGE * len(Client.instances)):
        _collect()


def _collect() -> None:
    global _closed, _others
    gc.collect()
    _closed = 0
    _others = _count_others()


def _count_others() -> int:
    """Return the number of blocks that do not belong to open pages.

    Where Python does not count them (`PYTHONMALLOC=malloc`), closed pages count as if they left all.
    """
    if blocks := sys.getallocatedblocks():
        return blocks - BLOCKS_PER_PAGE * len(Client.instances)
    return BLOCKS_PER_PAGE * _closed


async def give_back() -> None:
    """Return the memory of closed pages to the system regularly, until cancelled."""
    global _trims_due
    trim = _trimmer()
    while True:
        await asyncio.sleep(TRIM_EVERY_SECONDS)
        if _closed and not Client.instances:  # nobody has to wait for the collection
            _collect()
        if _trims_due and trim:
            _trims_due -= 1
            await asyncio.to_thread(trim, 0)


async def drop_unconnected() -> None:
    """End the pages that no browser has connected to, one in a turn of the loop, until cancelled."""
    while True:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        for client in _to_drop():
            if client.id in Client.instances:  # or its browser has left in the meantime
                client.delete()
            await asyncio.sleep(0)


def _to_drop() -> list[Client]:
    """Return the pages without a browser that are too old, or too many of one session."""
    created_before = time.time() - UNCONNECTED_SECONDS
    counted: Counter[int | None] = Counter()
    found = []
    for client in reversed(Client.instances.values()):
        if not _has_no_browser(client):
            continue
        owner = page_owners.owner_of(client.id)
        counted[owner] += 1
        if client.created < created_before or counted[owner] > MAX_UNCONNECTED:
            found.append(client)
    return found


def _has_no_browser(client: Client) -> bool:
    if client.is_deleted or client.has_socket_connection:
        return False
    return not client._delete_tasks  # else a browser was there, and may come back


def _trimmer() -> Callable[[int], int] | None:
    """Return malloc_trim(3) of glibc; None on other platforms."""
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
