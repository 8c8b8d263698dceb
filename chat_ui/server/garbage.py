"""Keeping what closed pages leave behind from piling up, and from being looked for all the time."""

import gc

from nicegui import app

THRESHOLDS = (50_000, 4, 1)
"""How many more objects there are, and how often that was so, when Python looks for garbage.

An open page is thousands of objects that stay. Python looks through the youngest every few hundred
of them, which took up to a third of a busy server; here every few thousand that stay. A closed page
leaves several hundred that hold on to one another. They have grown old by then, so the old must be
looked through as well: as Python does it, once there are a quarter more. Else a day of people who
come and go takes a gigabyte (`python -m benchmarks --only visitors`).
"""
TAB_KEPT = 60.0
"""Seconds for which NiceGUI keeps a store for each tab, in which nothing is; as it comes, a month."""


def install() -> None:
    """Have it looked for seldom, and NiceGUI keep nothing of tabs."""
    gc.set_threshold(*THRESHOLDS)
    app.storage.max_tab_storage_age = TAB_KEPT
