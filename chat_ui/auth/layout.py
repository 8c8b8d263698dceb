"""The layout of pages for people who are not logged in: the logo, and one card."""

from collections.abc import Callable

from markupsafe import Markup
from nicegui import ui

from chat_ui.components import html, logo


def draw(card: Callable[[], None]) -> None:
    """Draw the page around `card`."""
    ui.dark_mode(None)
    with ui.element("main").classes("outside"), ui.element("div").classes("outside-inner"):
        with ui.element("div").classes("outside-brand"):
            html.draw("div", Markup(logo.LOGO))  # noqa: S704 - our own
            ui.label("Simple Chat").props("role=heading aria-level=1")
        card()
