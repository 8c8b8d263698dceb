"""The layout of pages for people who are not logged in: the logo, one card, and the languages."""

from collections.abc import Callable

import htpy as h
from nicegui import ui

from chat_ui.components import branding, html
from services.core.i18n import _, language, languages, own_name


def draw(card: Callable[[], None], here: str) -> None:
    """Draw the page around `card`. Choosing a language leads back to the address `here`."""
    ui.dark_mode(None)
    with ui.element("main").classes("outside"), ui.element("div").classes("outside-inner"):
        with ui.element("div").classes("outside-brand"):
            html.draw("div", branding.picture())
            name = ui.label(branding.name()).props("role=heading aria-level=1")
            name.props["dir"] = "auto"
        card()
        html.draw("div", _languages(here))


def _languages(here: str) -> h.Element:
    return h.form(".languages", method="post", action="/login/language", aria_label=_("Language"))[
        h.input(type="hidden", name="next", value=here),
        (
            h.button(
                name="language",
                value=code,
                lang=code,
                aria_current="true" if code == language() else None,
            )[own_name(code)]
            for code in languages()
        ),
    ]


STYLE = """
.languages { display: flex; flex-wrap: wrap; justify-content: center; gap: 4px; }
.languages button { padding: 6px 10px; font: inherit; font-size: var(--text-m); color: var(--link); background: none; border: 0; cursor: pointer; }
.languages button[aria-current] { color: var(--ink); font-weight: 650; }
"""
