"""The page with the messages that a person saved for later."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import htpy as h

from chat_ui.components import html, page_header
from chat_ui.components.forms import form
from chat_ui.messages.lists import card
from services.core.i18n import _
from services.messages.bookmarks import PAGE_SIZE
from services.rooms.views import Excerpt


def draw(
    found: Sequence[Excerpt],
    skipped: int,
    on_older: Callable[[int], Awaitable[None]],
    on_remove: Callable[[Any], Awaitable[None]],
) -> html.Plain:
    """Draw the saved messages after the first `skipped`, and return their list.

    `on_older` shows those after another number; `on_remove` gets the data of an entry.
    """
    with page_header.draw(_("Saved for later")):
        shown = html.draw("div", entries(found)).classes("kept")
        shown.props("data-presses").on("press", on_remove, args=["detail"])
        if len(found) == PAGE_SIZE:
            form.button(_("Older"), kind="button", quiet=True).on(
                "click", lambda: on_older(skipped + PAGE_SIZE)
            )
    return shown


def entries(found: Sequence[Excerpt]) -> h.Node:
    """Return the list: the messages, the last saved first."""
    if not found:
        return h.p(".field-hint")[
            _("Nothing saved yet. To keep a message here, choose “Save for later” in its menu.")
        ]
    return h.section(".card.cards")[h.div[map(_card, found)]]


def _card(found: Excerpt) -> h.Element:
    drop = html.button(
        "bookmark_remove",
        _("Remove from saved"),
        data_action="press",
        data_message_id=str(found.message.message_id),
        data_room=str(found.message.room_id),
        data_seq=str(found.message.seq),
    )
    return card.draw(found.message, found.title, extra=drop)
