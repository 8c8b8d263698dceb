"""All rooms of a person, who may be in more than the sidebar lists."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import htpy as h

from chat_ui.components import form, html, page_header
from chat_ui.rooms import sidebar
from services.core.i18n import _
from services.rooms.rooms import MAX_LISTED
from services.rooms.views import RoomView


def draw(rooms: Sequence[RoomView], words: str, on_find: Callable[[Any], Awaitable[None]]) -> None:
    """Draw the rooms that were found for `words`; `on_find` gets the form with others."""
    with page_header.draw(_("My rooms")):
        form.search(_("Name or topic"), words, on_find)
        with form.card(""):
            html.draw("div", _list(rooms)).props("data-testid=my-rooms")


def _list(rooms: Sequence[RoomView]) -> h.Node:
    if not rooms:
        return h.p(".field-hint")[_("You are in no room that has that in its name or topic.")]
    return [
        h.ul(".rooms")[(sidebar.entry(room) for room in rooms)],
        h.p(".field-hint")[
            _("These are the first {count}. Look for a name to find more.").format(count=len(rooms))
        ]
        if len(rooms) == MAX_LISTED
        else None,
    ]
