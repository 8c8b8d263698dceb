"""Finding and importing the files of `chat_ui/custom/`."""

import importlib
import logging
import sys
from collections.abc import Collection
from pathlib import Path
from types import ModuleType
from typing import Any

from chat_ui import handlers, plugins

log = logging.getLogger(__name__)
FOLDER = Path(__file__).parent / "custom"
PACKAGE = "chat_ui.custom"


def load() -> None:
    """Import every file. Log and skip those with a mistake."""
    for name in _names():
        _try_import(name)


def follow(changed: Collection[Path]) -> None:
    """Import files that are not imported yet: new ones, and mended ones.

    Raises what one of those that `changed` raises. Others with a mistake are still left out.
    """
    for name in _names():
        if f"{PACKAGE}.{name}" in sys.modules:
            continue
        if FOLDER / f"{name}.py" in changed:
            _import(name)
        else:
            _try_import(name)


def forget_deleted() -> None:
    """Forget the modules of files that are not there any more."""
    for name in {module.__name__ for module in modules()} - {f"{PACKAGE}.{n}" for n in _names()}:
        del sys.modules[name]


def modules() -> list[ModuleType]:
    """Return the modules that are imported."""
    loaded = sys.modules.copy()  # other threads may import something just now
    return [module for name, module in loaded.items() if name.startswith(f"{PACKAGE}.")]


def _names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")


def _try_import(name: str) -> None:
    try:
        _import(name)
    except Exception as error:
        log.warning("chat_ui/custom/%s.py is left out: %s: %s", name, type(error).__name__, error)


def _import(name: str) -> None:
    tables: list[dict[str, Any]] = [plugins.PAGES, plugins.ACTIONS, handlers.TABLE]
    before = [dict(table) for table in tables]
    try:
        importlib.import_module(f"{PACKAGE}.{name}")
    except BaseException:
        for table, entries in zip(tables, before, strict=True):
            table.clear()
            table.update(entries)
        raise
