"""One sentence on a page of its own: what is not here, or what went wrong."""

from nicegui import ui

from chat_ui import form, page_head
from services.words import _


def draw(title: str, sentence: str) -> None:
    """Draw the sentence, and the way back to the chat."""
    with form.card(title):
        ui.label(sentence)
        with ui.element("a").props('href="/"').classes("back"):
            ui.label(_("To the chat"))


def draw_within(sentence: str) -> None:
    """Draw the sentence within the frame of the chat."""
    with page_head.draw(_("Not here")):
        draw("", sentence)
