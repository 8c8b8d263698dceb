"""Files that somebody added to `chat_ui/custom/`, which no list of the tests can know.

A file that is to be part of the chat is added to `SHIPPED`: then the tests ask of it what they ask
of every other.
"""

from pathlib import Path

from chat_ui.custom_files import FOLDER, PACKAGE
from chat_ui.plugins import PAGES

SHIPPED = {"__init__", "copy_as_quotation", "room_statistics"}
"""The modules of `chat_ui/custom/` that are part of the chat."""


def is_own(path: Path) -> bool:
    """Return whether a file is one that somebody added."""
    return path.parent == FOLDER and path.stem not in SHIPPED


def own_addresses() -> set[str]:
    """Return the addresses of the pages in such files."""
    shipped = {f"{PACKAGE}.{name}" for name in SHIPPED}
    return {
        address
        for address, entry in PAGES.items()
        if entry.function.__module__.startswith(f"{PACKAGE}.")
        and entry.function.__module__ not in shipped
    }
