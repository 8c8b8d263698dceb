"""Sending later: the menu beside the button that sends, and the dialog for any other time.

Which moments these are, the browser knows (`rooms/composer/send_later.js`): they are by its reader's clock.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import htpy as h
from nicegui import ui

from chat_ui.components import html
from chat_ui.components.forms import form
from chat_ui.components.overlays import dialog, menu
from services.core.i18n import _

NAME = "send-later"
SOON = "soon"
"""For the browser: the hour after the next."""


def draw() -> h.Fragment:
    """Return the button and its menu; a phone has `tool` instead of the button."""
    return h.fragment[
        html.button(
            "schedule_send",
            _("Send later"),
            ".only-wide.later-button",
            popovertarget=NAME,
            aria_haspopup="menu",
        ),
        menu.draw(
            NAME,
            _entry("hour", _("In an hour")),
            _entry("tomorrow", _("Tomorrow at {time}")),
            _entry("monday", _("Monday at {time}")),
            menu.entry("event", _("Choose a time…"), data_action="send-at", data_at="choose"),
        ),
    ]


def tool() -> h.Element:
    """Return the entry of a phone's menu that opens the menu of times."""
    return html.button("schedule_send", _("Send later"), ".only-narrow", data_action="send-later")


def _entry(time: str, words: str) -> h.Element:
    return menu.entry("schedule_send", words, data_action="send-at", data_at=time, data_word=words)


def ask(
    title: str, on_choose: Callable[[Any], Awaitable[None]], *, at: datetime | None = None
) -> ui.dialog:
    """Open the dialog for a time, `at` first; `on_choose` gets it as the field `at`, in UTC."""
    with dialog.show(title) as shown:
        with form.live() as chosen:
            form.field(
                _("Day and time"),
                "at",
                kind="datetime-local",
                hint=_("By the clock of this device"),
                data_moment=at.isoformat(timespec="milliseconds") if at else SOON,
            )
            form.button(_("Schedule"))
        chosen.on("filled", on_choose, args=["detail"])
    return shown


STYLE = """
.menu:popover-open [data-at][hidden] { display: none; }
"""
