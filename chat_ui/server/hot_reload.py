"""With `--edit`: applies changes saved in `chat_ui/` to open pages."""

import importlib
import logging
import sys
import traceback
from collections.abc import Collection, Iterable
from pathlib import Path
from types import ModuleType

import watchfiles
from nicegui import Client

from chat_ui import custom_files, page
from chat_ui.components import error_view
from chat_ui.realtime import protocol, push, subscriptions
from chat_ui.server import app, assets, web_app

log = logging.getLogger(__name__)
HERE = Path(__file__).parent.parent
KEEP = (
    "realtime/",
    "server/",
    "compat/",
    "auth/cookies.py",
)
"""Python modules that hold state or serve requests: a change there restarts the server."""


def can_follow(path: Path) -> bool:
    """Return whether open pages can follow a change of this file without a restart."""
    if not path.is_relative_to(HERE) or path.suffix not in {".py", ".js"}:
        return False
    if path.suffix == ".js":  # every page that loads again has the new one
        return True
    return path.stem != "__init__" and not path.relative_to(HERE).as_posix().startswith(KEEP)


async def follow() -> None:
    """Watch the folder and redraw the open pages, until cancelled."""
    # Bytecode is matched to a file by the second in which it was saved and its size: of two saves
    # in one second Python would keep the first.
    sys.dont_write_bytecode = True
    async for changes in watchfiles.awatch(HERE, debounce=100, step=30):
        changed = {Path(path) for _change, path in changes if can_follow(Path(path))}
        if changed:
            await take_over(changed)


async def take_over(changed: Collection[Path]) -> None:
    """Reload what was saved and redraw every open page; on an error keep the old modules, and show it."""
    try:
        _load(changed)
        app.add_pages()
        assets.forget()
        web_app.forget()
        if any(path.suffix == ".js" for path in changed):
            await push.to_everyone(protocol.Reload())
            return
        await push.to_everyone(protocol.Stylesheet(assets.style_address()))
    except Exception:
        _show_mistake(traceback.format_exc(limit=-3))
        return
    for client_id, open_page in subscriptions.pages().items():
        if isinstance(open_page, page.Page):
            await _redraw(client_id, open_page)


async def _redraw(client_id: str, open_page: page.Page) -> None:
    client = Client.instances.get(client_id)
    if client is None:
        return
    with client:
        try:
            await open_page.redraw()
            _clear_mistake(client)
        except Exception:
            _show_mistake(traceback.format_exc(limit=-3), [client])


def _load(changed: Collection[Path]) -> None:
    """Reload all modules, dependencies first; on an error none of them.

    All of them, because one may have imported names from another.
    """
    for path in changed:
        if path.suffix == ".py" and path.exists():
            compile(path.read_text(encoding="utf-8"), str(path), "exec")
    custom_files.forget_deleted()
    parts = _parts()
    before = [(part, dict(part.__dict__)) for part in parts]
    old_page = page.Page
    try:
        for part in parts:
            importlib.reload(part)
        custom_files.follow(changed)
    except BaseException:
        for part, names in before:
            part.__dict__.clear()
            part.__dict__.update(names)
            # Restore the order in `sys.modules`, which `_parts` follows.
            sys.modules[part.__name__] = sys.modules.pop(part.__name__)
        raise
    for open_page in subscriptions.pages().values():
        if isinstance(open_page, old_page):
            page.Page.reloaded(open_page)


def _parts() -> list[ModuleType]:
    """Return the modules that can be reloaded, in the order in which they were first loaded."""
    return [
        module
        for name, module in sys.modules.copy().items()
        if name.startswith("chat_ui.")
        and (file := getattr(module, "__file__", None))
        and can_follow(Path(file))
    ]


def _show_mistake(said: str, clients: Iterable[Client] | None = None) -> None:
    log.warning("%s", said)
    shown = [Client.instances.get(client_id) for client_id in subscriptions.pages()]
    for client in clients or [client for client in shown if client]:
        _clear_mistake(client)
        with client:
            error_view.draw_mistake(said)


def _clear_mistake(client: Client) -> None:
    for element in list(client.content.default_slot.children):
        if "mistake" in element.classes:
            element.delete()
