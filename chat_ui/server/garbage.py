"""Keeping what closed pages leave behind from piling up, and from being looked for all the time.

An open page is thousands of objects that stay, and Python's garbage collector looks through the
youngest every few hundred of them: up to a third of a busy server. A closed page leaves hundreds
that hold on to one another, and are old by then. To look through the old stops the server, for
about a millisecond for each open page; never to look takes a gigabyte for a day of people who come
and go (`python -m benchmarks --only visitors`). So they are looked through once as many pages have
closed as are open.
"""

import gc

from nicegui import Client, app

FEWEST = 200
"""So many pages must have closed, however few are open: together they leave about 10 MB."""
TAB_KEPT = 60.0
"""Seconds for which NiceGUI keeps a store for each tab, empty as it is; as it comes, a month."""

_closed = 0


def install() -> None:
    """Have Python look for garbage seldom, and NiceGUI keep nothing of tabs."""
    gc.set_threshold(50_000, 20, 50)
    app.storage.max_tab_storage_age = TAB_KEPT


def page_closed() -> None:
    """Note that a page is gone for good; look for what such pages have left, when it is time."""
    global _closed
    _closed += 1
    if _closed >= max(FEWEST, len(Client.instances)):
        _closed = 0
        gc.collect()
