"""A text to copy, such as a link, in a field beside the button that copies it."""

import htpy as h
from nicegui import ui

from chat_ui.components.forms import form
from services.core.i18n import _


def draw(label: str, text: str, *, name: str = "") -> ui.element:
    """Draw it, `label` being what it is for those who do not see it; return its field."""
    with ui.element("div").classes("link-line"):
        field = ui.element("input")
        field.props.update({"readonly": True, "^value": text, "aria-label": label})
        field.props.update({"autocomplete": "off"} | ({"name": name} if name else {}))
        form.button(_("Copy"), kind="button", quiet=True).props("data-action=copy-link")
    return field


def line(label: str, text: str) -> h.Element:
    """Return the same for a part that is plain HTML."""
    return h.div(".link-line")[
        h.input(readonly=True, value=text, aria_label=label, autocomplete="off"),
        h.button(".button.quiet", type="button", data_action="copy-link")[_("Copy")],
    ]


STYLE = """
.link-line { display: flex; gap: 8px; }
.link-line input { flex: 1; min-inline-size: 0; font: var(--text-s) var(--mono); padding: 8px 10px; border: 1px solid var(--field-line); border-radius: var(--radius-m); background: var(--field); color: var(--ink); }
"""
