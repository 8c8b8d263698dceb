"""Files that somebody added to `chat_ui/custom/`, which no list of the tests can know.

A file that is to be part of the chat is added to `SHIPPED`: then the tests ask of it what they ask
of every other.
"""

from pathlib import Path

from chat_ui.custom_files import FOLDER, PACKAGE
from chat_ui.plugins import ACTIONS, PAGES

SHIPPED = {"__init__", "copy_as_quotation", "room_statistics"}
"""The modules of `chat_ui/custom/` that are part of the chat."""


def is_own(path: Path) -> bool:
    """Return whether a file is one that somebody added."""
    return path.parent == FOLDER and path.stem not in SHIPPED


def is_own_module(name: str) -> bool:
    """Return whether the module of this name is such a file."""
    package, _dot, module = name.rpartition(".")
    return package == PACKAGE and module not in SHIPPED


def own_addresses() -> set[str]:
    """Return the addresses of the pages in such files."""
    return {address for address, entry in PAGES.items() if is_own_module(entry.function.__module__)}


def own_actions() -> set[str]:
    """Return the names of the message actions in such files that a function does."""
    return {
        name
        for name, entry in ACTIONS.items()
        if entry.run is not None and is_own_module(entry.run.__module__)
    }
