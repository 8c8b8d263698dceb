"""The keyboard shortcuts, all in one place: for the help, for the browser and for the README.

`components/keyboard/shortcuts.js` knows what each action is; which keys it has, and where, is said here.
"""

import json

import htpy as h
from msgspec import Struct
from nicegui import ui

from chat_ui.components import html
from chat_ui.components.overlays import dialog
from services.core.i18n import _


class Shortcut(Struct, frozen=True):
    """A keyboard shortcut."""

    keys: tuple[str, ...]
    """As the browser names them (`KeyboardEvent.key`), with what is held down before them."""
    words: str
    action: str = ""
    """What the browser is to do; nothing where the key is another part's affair."""
    where: str = "anywhere"
    """`anywhere`, `reading` (not while one types), `message` (one that has the focus), `composer` (in
    it, with its buttons), `writing` (in its text) or `blank` (in an empty one)."""


NAMES = {
    "Control": "Ctrl",
    "Meta": "⌘",
    "ArrowUp": "↑",
    "ArrowDown": "↓",
    "Escape": "Esc",
}


def shortcuts() -> tuple[Shortcut, ...]:
    """Return all of them, in the reader's language."""
    return (
        Shortcut(("Control+k", "Meta+k"), _("Go to a room or a person"), "switch"),
        Shortcut(("Alt+Shift+ArrowDown",), _("Next unread room"), "next-unread"),
        Shortcut(("Control+Shift+f", "/"), _("Search"), "search", "reading"),
        Shortcut(("Alt+m",), _("Mentions"), "inbox"),
        Shortcut(("Enter",), _("Send")),
        Shortcut(("Shift+Enter",), _("New line")),
        Shortcut(("Control+b", "Meta+b"), _("Bold"), "bold", "writing"),
        Shortcut(("Control+i", "Meta+i"), _("Italic"), "italic", "writing"),
        Shortcut(("Alt+p",), _("Preview, or keep writing"), "preview", "composer"),
        Shortcut(("ArrowUp",), _("Edit your last message"), "edit-last", "blank"),
        Shortcut(("Alt+ArrowUp",), _("Previous message"), "message-above"),
        Shortcut(("Alt+ArrowDown",), _("Next message"), "message-below"),
        Shortcut(("r",), _("Reply to the message"), "answer", "message"),
        Shortcut(("u",), _("Mark as unread from this message"), "unread-from", "message"),
        Shortcut(("c",), _("Write a message"), "write", "reading"),
        Shortcut(("Escape",), _("Close, or cancel a reply or an edit")),
        Shortcut(("?",), _("Keyboard shortcuts"), "help", "reading"),
    )


def spoken(keys: str) -> str:
    """Return a key combination in words, such as Ctrl+K."""
    parts = [NAMES.get(part, part) for part in keys.split("+")]
    return "+".join(part.upper() if len(part) == 1 else part for part in parts)


def draw() -> h.Element:
    """Return the data for the browser: keys, action and scope of each shortcut with an action."""
    return h.template(data_testid="shortcuts", data_keys=json.dumps(_data()))


def _data() -> list[tuple[str, str, str]]:
    return [
        (keys, each.action, each.where) for each in shortcuts() if each.action for keys in each.keys
    ]


def show() -> ui.dialog:
    """Open the dialog with all of them."""
    with dialog.show(_("Keyboard shortcuts")) as shown:
        html.draw(
            "table",
            (
                h.tr[
                    h.td[each.words],
                    h.td[([h.kbd[spoken(keys)], " "] for keys in each.keys)],
                ]
                for each in shortcuts()
            ),
        ).classes("keys").props("data-testid=keys")
    return shown


STYLE = """
.keys { inline-size: 100%; border-collapse: collapse; font-size: var(--text-m); }
.keys td { padding: 6px 0; border-block-end: 1px solid var(--line); }
.keys td:last-child { text-align: end; white-space: nowrap; padding-inline-start: 12px; }
.keys kbd { font: 600 var(--text-xs) var(--font); background: var(--code); border: 1px solid var(--line); border-radius: var(--radius-s); padding: 2px 7px; }
"""
