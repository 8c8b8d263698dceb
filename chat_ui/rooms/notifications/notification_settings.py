"""The dialog about what of a room notifies a person, and whether this browser may notify."""

from collections.abc import Awaitable, Callable
from typing import Any

import htpy as h
from nicegui import ui

from chat_ui.components import html
from chat_ui.components.overlays import dialog
from models import Notify
from services.core.i18n import _
from services.rooms.views import RoomView


def show(room: RoomView, on_choose: Callable[[Any], Awaitable[None]]) -> ui.dialog:
    """Open the dialog for `room`; `on_choose` gets the event with the level that is chosen."""
    with dialog.show(_("Notifications")) as shown:
        choices = html.draw("div", (_choice(*each, room.notify) for each in _levels()))
        choices.classes("levels").props("role=radiogroup")
        choices.on(
            "click",
            on_choose,
            js_handler="(e) => { const chosen = e.target.closest('[data-level]');"
            " if (chosen) emit({ detail: { level: chosen.dataset.level } }); }",
        )
        html.draw("div", *_permission()).classes("calls")
    return shown


def _levels() -> list[tuple[Notify, str, str]]:
    return [
        (Notify.EVERYTHING, _("All messages"), _("Every message")),
        (Notify.MENTIONS, _("Mentions only"), _("Only when you are mentioned")),
        (Notify.NOTHING, _("Nothing"), _("New messages are only counted")),
    ]


def _choice(level: Notify, words: str, more: str, chosen: str) -> h.Element:
    return h.button(
        type="button", role="radio", aria_checked=str(level == chosen).lower(), data_level=level
    )[h.span(".mark", aria_hidden="true"), h.span[h.b[words], h.small[more]]]


def _permission() -> list[h.Element]:
    """Return the texts on this browser's permission; it shows the one that applies."""
    return [
        h.p(data_calls="granted")[_("Notifications are on in this browser.")],
        h.p(data_calls="denied")[
            _("This browser blocks the chat's notifications. Allow them in its settings.")
        ],
        h.p(data_calls="none")[
            _("Notifications need HTTPS, or a browser on the server's own machine.")
        ],
        h.button(".button", type="button", data_action="allow-calls", data_calls="default")[
            _("Show notifications in this browser")
        ],
    ]


def offer() -> h.Element:
    """Return the bar that offers notifications after a message would have caused one."""
    return h.div(".offer-calls", hidden=True, role="status", data_testid="offer-calls")[
        h.span[_("Someone wrote to you while you were away.")],
        h.button(type="button", data_action="allow-calls")[_("Notify me next time")],
        h.button(type="button", data_action="decline-calls")[_("Don't ask again")],
    ]


STYLE = """
.levels { display: grid; gap: 6px; }
.levels button {
  display: flex; gap: 12px; align-items: center; text-align: start; border: 1px solid var(--line); border-radius: var(--radius-l); padding: 10px 14px;
  background: none; color: var(--ink); font: var(--text-m) var(--font); cursor: pointer;
}
.levels button:hover { background: var(--hover); }
.levels button:focus-visible { outline: 2px solid var(--ring); }
.levels small { display: block; color: var(--muted); font-size: var(--text-s); }
.levels .mark { inline-size: 18px; block-size: 18px; border-radius: 50%; border: 2px solid var(--muted); flex: none; }
.levels [aria-checked="true"] { border-color: var(--accent); background: var(--selected); }
.levels [aria-checked="true"] .mark { border: 6px solid var(--accent); }
.calls { font-size: var(--text-s); color: var(--muted); }
.calls p { margin: 0; }
.calls [data-calls] { display: none; }
body[data-calls="granted"] [data-calls="granted"], body[data-calls="denied"] [data-calls="denied"],
body[data-calls="none"] [data-calls="none"], body[data-calls="default"] [data-calls="default"] { display: block; }
.offer-calls { display: flex; flex-wrap: wrap; gap: 6px 16px; align-items: center; padding: 8px 16px; background: var(--notice); color: var(--ink); font-size: var(--text-s); }
.offer-calls[hidden] { display: none; }
.offer-calls button { font: 600 var(--text-s) var(--font); color: var(--link); background: none; border: 0; padding: 0; cursor: pointer; }
"""
