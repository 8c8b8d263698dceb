"""The dialog with who has read a message, who has received it, and who has not."""

from collections.abc import Sequence

import htpy as h
from nicegui import ui

from chat_ui.components import avatar, html
from chat_ui.components.overlays import dialog
from services.core.i18n import _, number
from services.rooms.reading.receipts import Reader, Readers

MAX_SHOWN = 100
"""How many people each part lists."""


def show(readers: Readers) -> ui.dialog:
    """Open the dialog."""
    with dialog.show(_("Read by")) as shown:
        html.draw(
            "div",
            _part(_("Read"), "read", readers.read),
            _part(_("Delivered"), "delivered", readers.delivered),
            _part(_("Not delivered yet"), "waiting", readers.waiting),
            None
            if readers.read or readers.delivered or readers.waiting
            else h.p(".small")[_("No one here shares read receipts.")],
        ).classes("people readers").props("data-testid=readers")
    return shown


def _part(title: str, kind: str, people: Sequence[Reader]) -> h.Node:
    if not people:
        return None
    shown = people[:MAX_SHOWN]
    return h.section(data_part=kind)[
        h.h3[f"{title} · {number(len(people))}"],
        (
            h.div(".entry")[
                avatar.draw(reader),
                h.div(".grow", dir="auto")[reader.display_name],
                h.span(".small")[_when(reader)],
            ]
            for reader in shown
        ),
        h.p(".small")[_("and {count} more").format(count=number(len(people) - len(shown)))]
        if len(people) > len(shown)
        else None,
    ]


def _when(reader: Reader) -> h.Node:
    if reader.at is None:
        return None
    time = h.time(datetime=reader.at.isoformat(timespec="milliseconds"), data_long="")
    if reader.is_exact:
        return time
    before, _time, after = _("before {time}").partition("{time}")
    return h.fragment[before, time, after]


STYLE = """
.readers h3 { margin: 10px 0 2px; font-size: var(--text-s); font-weight: 700; color: var(--muted); }
.readers section:first-child h3 { margin-block-start: 0; }
.readers .entry .small { text-align: end; }
"""
