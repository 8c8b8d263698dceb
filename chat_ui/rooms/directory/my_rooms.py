"""All rooms of a person, who may be in more than the sidebar lists.

What another app shares with the installed chat comes here, too: one chooses the room for it.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import parse_qs

import htpy as h
from msgspec import Struct

from chat_ui.components import html, page_header
from chat_ui.components.forms import form
from chat_ui.rooms.composer.composer import MAX_FILES
from chat_ui.rooms.sidebar import sidebar
from services.core.i18n import _, number, plural
from services.core.text import MESSAGE_LIMIT
from services.rooms.permissions import may_write
from services.rooms.room_queries import MAX_LISTED
from services.rooms.views import RoomView

SHARED = ("title", "text", "url")
"""The parts of what is shared (W3C Web Share Target §3), as the manifest names them."""


class Shared(Struct, frozen=True):
    """What another app shares; the files stay in the browser until they are sent."""

    text: str
    files: int
    """How many."""


def shared(path: str) -> Shared | None:
    """Return what is shared, by the query of the page's path; None if nothing is."""
    query = parse_qs(path.partition("?")[2])
    text, files = _text(query), query.get("files", ["0"])[0]
    count = min(int(files), MAX_FILES) if re.fullmatch("[0-9]{1,3}", files) else 0
    return Shared(text, count) if text or count else None


def _text(query: dict[str, list[str]]) -> str:
    parts = [query.get(name, [""])[0].strip() for name in SHARED]
    # Some apps put the address into the text as well.
    lines = [part for at, part in enumerate(parts) if part and part not in " ".join(parts[:at])]
    return "\n".join(lines)[:MESSAGE_LIMIT]


def draw(
    rooms: Sequence[RoomView],
    words: str,
    on_find: Callable[[Any], Awaitable[None]],
    *,
    shared: Shared | None = None,
    writer: str,
) -> None:
    """Draw the rooms that were found for `words`; `on_find` gets the form with others.

    `shared` goes into the composer of the room that is chosen; `writer` is the person's username.
    """
    with page_header.draw(_("My rooms")):
        if shared:
            rooms = [room for room in rooms if may_write(room, room)]
            html.draw("div", _shared(shared, writer))
        form.search(_("Name or topic"), words, on_find)
        with form.card(""):
            html.draw("div", _list(rooms)).props("data-testid=my-rooms")


def _shared(shared: Shared, writer: str) -> h.Element:
    return h.div(".shared", data_shared=shared.text, data_writer=writer)[
        h.b[_("Choose a room for this. You can change it before you send it.")],
        shared.text and h.p(dir="auto")[shared.text],
        shared.files and _files(shared.files),
    ]


def _files(count: int) -> h.Element:
    """Return where the browser puts the names of the files, which only it has."""
    gone = _("The files are not here any more. Share them again.")
    return h.p(dir="auto", data_shared_files="new", data_word_gone=gone)[
        plural("{count} file", "{count} files", count).format(count=number(count))
    ]


def _list(rooms: Sequence[RoomView]) -> h.Node:
    if not rooms:
        return h.p(".field-hint")[_("None of your rooms were found. Try another word.")]
    return [
        h.ul(".rooms")[(sidebar.entry(room) for room in rooms)],
        h.p(".field-hint")[
            _("The first {count} are shown. Search by name to find more.").format(
                count=number(len(rooms))
            )
        ]
        if len(rooms) == MAX_LISTED
        else None,
    ]


STYLE = """
.shared { margin-block-end: 16px; }
.shared p { margin: 6px 0 0; padding-inline-start: 12px; border-inline-start: 3px solid var(--accent); color: var(--muted); white-space: pre-line; overflow-wrap: anywhere; max-block-size: 9em; overflow: auto; }
"""
