"""The head of a page that is not a room, with the way to the rooms on a phone."""

from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui

from chat_ui.components import icon_button
from services.core.i18n import _


@contextmanager
def draw(title: str) -> Iterator[None]:
    """Draw the head, and a column for what is drawn inside."""
    with ui.element("div").classes("page"), ui.element("div").classes("page-inner"):
        with ui.element("div").classes("page-title"):
            icon_button.draw("arrow_back", _("Rooms"), "only-narrow").props("data-action=rooms")
            ui.label(title).props("role=heading aria-level=1")
        yield
