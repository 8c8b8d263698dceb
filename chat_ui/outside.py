"""What somebody without a session sees: the brand, and one card."""

from collections.abc import Callable

from nicegui import ui

from chat_ui import brand


def draw(card: Callable[[], None]) -> None:
    """Draw the page around `card`."""
    ui.dark_mode(None)
    with ui.element("main").classes("outside"), ui.element("div").classes("outside-inner"):
        with ui.element("div").classes("outside-brand"):
            ui.html(brand.LOGO, sanitize=False)
            ui.label("Simple Chat").props("role=heading aria-level=1")
        card()
