"""A room: its header, its timeline and its composer."""

from dataclasses import dataclass

import htpy as h
from nicegui import ui

from chat_ui.components import html, overflow_menu
from chat_ui.rooms import composer, dm_header, timeline
from chat_ui.search import page
from models import RoomKind
from services.core.dto import CurrentUser
from services.core.i18n import _
from services.rooms.permissions import why_read_only
from services.rooms.views import RoomView


@dataclass
class Drawn:
    """What is updated on an open page when the room, or the viewer's role in it, changes."""

    room: RoomView
    header: html.Plain
    timeline: ui.element
    composer: ui.element

    def update(self, room: RoomView) -> None:
        """Show the room as it is now; a draft stays as it is if possible."""
        self.header.fill(_head(room))
        timeline.show_standing(self.timeline, room)
        if why_read_only(room, room) != why_read_only(self.room, self.room):
            place = self.composer.parent_slot
            self.composer.delete()
            if place is not None:
                with place:
                    self.composer = composer.draw(room)
        self.room = room


def draw(viewer: CurrentUser, room: RoomView, at: int | None = None) -> Drawn:
    """Draw `room` for one of its members, from message `at` on."""
    header = html.draw("header", _head(room)).classes("room-header")
    messages = timeline.draw(viewer, room, at=at)
    return Drawn(room, header, messages, composer.draw(room))


def _head(room: RoomView) -> h.Fragment:
    return h.fragment[
        _menu(),
        dm_header.draw(room)
        if room.kind == RoomKind.DIRECT
        else h.div(".room-title")[
            h.h1(".name", dir="auto")[room.title],
            h.p(".topic", dir="auto")[room.topic] if room.topic else None,
        ],
        _buttons(room.room_id, _within(room)),
    ]


@html.cached
def _menu() -> h.Element:
    return html.button("menu", _("Rooms"), ".only-narrow", data_action="rooms")


@html.cached
def _buttons(room_id: int, within: str) -> h.Fragment:
    """Return the tools of a room; `within` is the filter that limits a search to it."""
    return h.fragment[
        h.a(
            ".icon-button",
            href=page.address_within(within),
            aria_label=_("Search in this room"),
            title=_("Search in this room"),
            data_testid="search-room",
        )[html.icon("search")],
        overflow_menu.draw(
            "room-tools",
            "more_vert",
            _("More"),
            _files(room_id),
            _tool("event", _("Jump to a date"), "jump_to_date"),
            _tool("push_pin", _("Pinned messages"), "pins"),
            _tool("notifications", _("Call me for"), "notification_settings"),
            _tool("group", _("Who is here"), "members"),
            _tool("tune", _("About this room"), "room_settings"),
        ),
    ]


def _files(room_id: int) -> h.Element:
    words = _("Files")
    where = f"/rooms/{room_id}/files"
    return h.a(".icon-button", href=where, aria_label=words, title=words, data_testid="to-files")[
        html.icon("folder_open")
    ]


def _tool(icon: str, words: str, asks: str) -> h.Element:
    return overflow_menu.tool("room-tools", icon, words, data_ask=asks)


def _within(room: RoomView) -> str:
    """Return the filter that limits a search to this room, as a person would type it."""
    if room.kind == RoomKind.DIRECT:
        return f"in:@{room.people[0].username}" if room.people else ""
    return 'in:"{}"'.format(room.name.replace('"', " "))


STYLE = """
.room-header { display: flex; align-items: center; gap: 4px; padding: 8px 12px 8px 20px; border-block-end: 1px solid var(--line); background: var(--surface); min-block-size: 56px; inline-size: 100%; }
.room-title { flex: 1; min-inline-size: 0; }
.room-title > * { margin: 0; }
.room-title .name { font-weight: 700; font-size: 16px; line-height: 1.3; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.room-title .topic { font-weight: 400; color: var(--muted); font-size: 13px; line-height: 1.3; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
@media (max-width: 700px) {
  .room-header { padding-inline: 8px; }
  #room-tools { inset-block-start: 52px; inset-inline-end: 8px; }
}
"""
