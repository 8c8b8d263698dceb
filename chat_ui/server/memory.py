"""Frees the memory of closed pages, without collecting garbage all the time.

An open page holds thousands of long-lived objects, and Python's garbage collector scans the
youngest generation every few hundred allocations: up to a third of the CPU of a busy server. A full
collection stops the server for about a millisecond for each open page. Without any, a day of visits
would take a gigabyte (`python -m benchmarks --only visitors`).

So a closed page must be freed with the last reference to it. Its own reference cycles are broken
here, those of libraries in `chat_ui.compat.element_cycles` and `connection_cycles`. The rest, two or
three KiB for each page, is collected once several times as many pages have closed as are open.

The C library keeps freed memory for later allocations, so the server would stay as large as at its
busiest moment. It is regularly asked to return memory to the system.
"""

import asyncio
import ctypes
import gc
import sys
from collections.abc import Callable

from nicegui import Client, app

MIN_CLOSED = 1_000
"""Minimum number of closed pages before a collection."""
CLOSED_PER_OPEN = 4
"""Minimum number of closed pages for each open one before a collection."""
TRIM_EVERY_SECONDS = 5.0
"""Seconds between two returns of memory to the system, if pages have closed since."""
TAB_STORAGE_SECONDS = 10.0
"""Seconds for which NiceGUI keeps a store for each tab, empty as it is; its default is a month."""

_closed = 0
_trims_due = 0


def configure() -> None:
    """Make Python collect garbage rarely, and NiceGUI keep little for closed tabs."""
    gc.set_threshold(50_000, 20, 50)
    app.storage.max_tab_storage_age = TAB_STORAGE_SECONDS


def page_closed(client: Client) -> None:
    """Break the reference cycles of a closed page; collect garbage when it is due."""
    global _closed, _trims_due
    client.connect_handlers.clear()
    client.disconnect_handlers.clear()
    _trims_due = 4  # several times: some memory of a page is freed many seconds later
    _closed += 1
    if _closed >= max(MIN_CLOSED, CLOSED_PER_OPEN * len(Client.instances)):
        _closed = 0
        gc.collect()


async def give_back() -> None:
    """Return the memory of closed pages to the system regularly, until cancelled."""
    global _closed, _trims_due
    trim = _trimmer()
    while True:
        await asyncio.sleep(TRIM_EVERY_SECONDS)
        if _closed and not Client.instances:  # nobody has to wait for the collection
            _closed = 0
            gc.collect()
        if _trims_due and trim:
            _trims_due -= 1
            await asyncio.to_thread(trim, 0)


def _trimmer() -> Callable[[int], int] | None:
    """Return malloc_trim(3) of glibc; None on other platforms."""
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
