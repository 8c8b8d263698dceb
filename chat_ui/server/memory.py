"""Keeping what closed pages leave behind from piling up, and from being looked for all the time.

An open page is thousands of objects that stay, and Python's garbage collector looks through the
youngest every few hundred of them: up to a third of a busy server. To look through the old stops
the server, for about a millisecond for each open page; never to look takes a gigabyte for a day of
people who come and go (`python -m benchmarks --only visitors`).

So a closed page has to go with the last reference to it. Its own cycles are undone here, those that
libraries make in `chat_ui.compat.element_cycles` and `connection_cycles`. What is still left, two or
three KiB each, is collected once several times as many pages have closed as are open.

The C library keeps freed memory for what may come: a server would stay as large as it was at its
busiest moment. From time to time it is asked to give it back.
"""

import asyncio
import ctypes
import gc
import sys
from collections.abc import Callable

from nicegui import Client, app

MIN_CLOSED = 1_000
"""So many pages must have closed before a collection, however few are open."""
CLOSED_PER_OPEN = 4
"""How many times as many pages must have closed as are open."""
TRIM_EVERY_SECONDS = 5.0
"""Seconds between two times at which memory is given back, if pages have closed since."""
TAB_STORAGE_SECONDS = 10.0
"""Seconds for which NiceGUI keeps a store for each tab, empty as it is; its default is a month."""

_closed = 0
_trims_due = 0


def configure() -> None:
    """Have Python collect garbage seldom, and NiceGUI keep little for closed tabs."""
    gc.set_threshold(50_000, 20, 50)
    app.storage.max_tab_storage_age = TAB_STORAGE_SECONDS


def page_closed(client: Client) -> None:
    """Undo the cycles of a page that is gone for good; collect garbage when it is time."""
    global _closed, _trims_due
    client.connect_handlers.clear()
    client.disconnect_handlers.clear()
    _trims_due = 4  # not only once: some of what a page had goes many seconds after it
    _closed += 1
    if _closed >= max(MIN_CLOSED, CLOSED_PER_OPEN * len(Client.instances)):
        _closed = 0
        gc.collect()


async def give_back() -> None:
    """Give memory that closed pages have left back to the system, until cancelled."""
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
    """Return malloc_trim(3), which glibc has; None where there is no such thing."""
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
