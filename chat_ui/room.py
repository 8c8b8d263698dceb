"""A room: its name and topic on top, its messages, and where one types."""

from typing import TYPE_CHECKING

import htpy as h
from nicegui import ui

from chat_ui import composer, icon_button, plain, timeline
from services.views import RoomView, Viewer
from services.words import _

if TYPE_CHECKING:
    from chat_ui.page import Page


def draw(viewer: Viewer, room: RoomView, page: "Page") -> None:
    """Draw `room` for one of its members."""
    with ui.element("header").classes("room-header"):
        icon_button.draw("menu", _("Rooms"), "only-narrow").props("data-action=rooms")
        plain.draw(
            "div",
            h.h1(".name", dir="auto")[room.title],
            h.p(".topic", dir="auto")[room.topic] if room.topic else None,
        ).classes("room-title")
        icon_button.draw("group", _("Who is here")).on(
            "click", lambda: page.on_members(room.room_id)
        )
        icon_button.draw("tune", _("About this room")).on(
            "click", lambda: page.on_room_settings(room.room_id)
        )
    timeline.draw(
        viewer,
        room,
        on_catch_up=page.on_catch_up,
        on_older=page.on_older,
        on_send=page.on_send,
    )
    composer.draw(room)


STYLE = """
.room-header { display: flex; align-items: center; gap: 4px; padding: 8px 12px 8px 20px; border-block-end: 1px solid var(--line); background: var(--surface); min-block-size: 56px; inline-size: 100%; }
.room-title { flex: 1; min-inline-size: 0; }
.room-title > * { margin: 0; }
.room-title .name { font-weight: 700; font-size: 16px; line-height: 1.3; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.room-title .topic { font-weight: 400; color: var(--muted); font-size: 13px; line-height: 1.3; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
@media (max-width: 700px) { .room-header { padding-inline: 8px; } }
"""
