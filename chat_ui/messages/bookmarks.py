"""The messages one keeps for later."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import htpy as h
from nicegui import ui

from chat_ui.components import form, html, page_header
from chat_ui.messages import card
from services.core.dto import Excerpt
from services.core.i18n import _
from services.messages.bookmarks import PAGE_SIZE

if TYPE_CHECKING:
    from chat_ui.messages.handlers import MessageHandlers


def draw(found: Sequence[Excerpt], skipped: int, page: "MessageHandlers") -> None:
    """Draw the page with what is kept, the last saved first, after the first `skipped`."""
    with page_header.draw(_("Saved for later")):
        if not found:
            ui.label(_("Nothing yet. Save a message from its menu, and find it here.")).classes(
                "field-hint"
            )
            return
        with ui.element("section").classes("card cards"):
            cards = html.draw("div", (_card(each) for each in found)).classes("kept")
            cards.on("forget", page.on_forget, args=["detail"])
        if len(found) == PAGE_SIZE:
            form.button(_("Older"), kind="button", quiet=True).on(
                "click", lambda: page.on_saved(skipped + PAGE_SIZE)
            )


def _card(found: Excerpt) -> h.Element:
    drop = html.button(
        "bookmark_remove",
        _("Keep it no longer"),
        data_action="forget",
        data_message_id=str(found.message.message_id),
    )
    return card.draw(found.message, found.title, extra=drop)
