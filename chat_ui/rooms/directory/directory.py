"""Public rooms, to be found and joined."""

from collections.abc import Awaitable, Sequence
from typing import Any, Protocol

from nicegui import ui

from chat_ui.components import page_header
from chat_ui.components.forms import form
from services.core.i18n import _, number, plural
from services.rooms.views import PublicRoom


class Actions(Protocol):
    """What happens when something on the page is pressed or filled in."""

    def on_find(self, event: Any, /) -> Awaitable[None]:
        """Show the rooms that hold the words."""

    def on_join(self, room_id: int, /) -> Awaitable[None]:
        """Join a room."""


def draw(rooms: Sequence[PublicRoom], words: str, actions: Actions) -> None:
    """Draw the rooms that were found for `words`."""
    with page_header.draw(_("Find rooms")):
        form.search(_("Name or topic"), words, actions.on_find)
        with form.card(_("Public rooms")), ui.element("div"):
            if not rooms:
                ui.label(_("No public rooms found. Try another word.")).classes("field-hint")
            for room in rooms:
                _row(room, actions)


def _row(room: PublicRoom, actions: Actions) -> None:
    with ui.element("div").classes("entry"):
        with ui.element("div").classes("grow"):
            ui.label(room.name).classes("found-name").props("dir=auto")
            if room.topic:
                ui.label(room.topic).classes("small").props("dir=auto")
            count = plural("{count} member", "{count} members", room.members)
            ui.label(count.format(count=number(room.members))).classes("small")
            if room.is_encrypted:
                ui.label(_("End-to-end encrypted")).classes("small")
            if room.is_archived:
                ui.label(_("Archived: you can only read it.")).classes("small")
        if room.joined:
            with ui.element("a").classes("button quiet").props(f"href=/rooms/{room.room_id}"):
                ui.label(_("Open"))
        else:
            form.button(_("Join"), kind="button", quiet=True).on(
                "click", lambda: actions.on_join(room.room_id)
            )


STYLE = """
.found-name { font-weight: 650; }
a.button { text-decoration: none; text-align: center; }
"""
