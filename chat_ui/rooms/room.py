"""A room: its header, its timeline and its composer."""

from collections.abc import Callable
from dataclasses import dataclass

import htpy as h
from nicegui import ui

from chat_ui.components import encryption, html, room_sign
from chat_ui.messages.lists import scheduled
from chat_ui.rooms import dm_header, room_menu
from chat_ui.rooms.composer import composer
from chat_ui.rooms.members import member_count
from chat_ui.rooms.timeline import timeline
from models import RoomKind
from services.core.dto import CurrentUser
from services.core.i18n import _
from services.rooms.permissions import why_closed
from services.rooms.views import RoomView


@dataclass
class RoomElements:
    """What is updated on an open page when the room, or the viewer's role in it, changes."""

    room: RoomView
    header: html.Plain
    timeline: ui.element
    composer: ui.element
    address: str
    """Where the chat is, for what connects to it."""
    scheduled: ui.element | None = None
    """The line about what is sent later, if there is any."""

    def update(self, room: RoomView) -> None:
        """Show the room as it is now; a draft stays as it is if possible."""
        self.header.fill(_head(room))
        timeline.show_permissions(self.timeline, room)
        if _how_one_writes(room) != _how_one_writes(self.room):
            place = self.composer.parent_slot
            self.composer.delete()
            if place is not None:
                with place:
                    self.composer = composer.draw(room, self.address)
        self.show_scheduled(room.scheduled)
        self.room = room

    def show_scheduled(self, count: int) -> None:
        """Say above the composer how many messages will be sent later, if any."""
        if self.scheduled is not None:
            self.scheduled.delete()
            self.scheduled = None
        place = self.composer.parent_slot
        if count and place is not None:
            with place:
                self.scheduled = scheduled.line(count)
            self.scheduled.move(target_index=place.children.index(self.composer))


def draw(
    viewer: CurrentUser,
    room: RoomView,
    address: str,
    at: int | None = None,
    above: Callable[[], None] | None = None,
) -> RoomElements:
    """Draw `room` for one of its members, from message `at` on; `above` draws over the messages.

    The chat is at `address`.
    """
    header = html.draw("header", _head(room)).classes("room-header")
    if above:
        above()
    messages = timeline.draw(viewer, room, at=at)
    drawn = RoomElements(room, header, messages, composer.draw(room, address), address)
    drawn.show_scheduled(room.scheduled)
    return drawn


def _how_one_writes(room: RoomView) -> tuple[str, bool]:
    return why_closed(room, room), room.is_encrypted


def _head(room: RoomView) -> h.Fragment:
    is_direct = room.kind == RoomKind.DIRECT
    return h.fragment[
        _to_list(),
        dm_header.draw(room)
        if is_direct
        else _title(room.kind, room.title, room.topic, room.is_announcement, room.is_encrypted),
        _member_count(room),
        _search(room.room_id),
        room_menu.draw(room),
        h.h2(".visually-hidden")[_("Messages")],
    ]


@html.cached
def _to_list() -> h.Element:
    """Return the button that leads back to the list on a phone."""
    return html.button("arrow_back", _("Rooms"), ".only-narrow", data_action="rooms")


@html.cached
def _title(
    kind: str, title: str, topic: str, is_announcement: bool, is_encrypted: bool
) -> h.Element:
    """Return the name of a room, which opens its settings, and its topic."""
    return h.div(".room-title")[
        room_sign.draw(kind, is_announcement=is_announcement),
        h.h1(".name")[
            encryption.sign() if is_encrypted else None,
            h.button(type="button", dir="auto", data_ask="room_settings", title=_("Room settings"))[
                title
            ],
        ],
        h.p(".topic", dir="auto")[topic] if topic else None,
    ]


def _member_count(room: RoomView) -> h.Node:
    if room.kind == RoomKind.DIRECT:
        if not room.people[1:]:
            return None
        return member_count.draw(room.room_id, len(room.people) + 1, room.people)
    return (
        member_count.draw(room.room_id, room.crowd.count, room.crowd.some) if room.crowd else None
    )


@html.cached
def _search(room_id: int) -> h.Element:
    """Return the link to a search in the room."""
    return html.link(
        "search",
        _("Search in this room"),
        f"/rooms/{room_id}/search",
        ".only-wide",
        data_testid="search-room",
    )


STYLE = """
.room-header { display: flex; align-items: center; gap: 4px; padding-block: 8px; padding-inline: 20px 12px; border-block-end: 1px solid var(--line); background: var(--surface); min-block-size: 57px; inline-size: 100%; }
.room-title { flex: 1; min-inline-size: 0; display: grid; grid-template-columns: auto minmax(0, 1fr); column-gap: 6px; align-items: center; position: relative; border-radius: var(--radius-m); }
.room-title > * { margin: 0; }
.room-title > .sign { display: inline-flex; color: var(--muted); font-weight: 600; font-size: var(--text-xl); }
.room-title > .sign .q-icon { font-size: var(--icon-s); }
.room-title .name { font-weight: 700; font-size: var(--text-xl); line-height: 1.3; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.room-title .name button { max-inline-size: 100%; padding: 0; border: 0; background: none; color: inherit; font: inherit; text-align: start; overflow: hidden; text-overflow: ellipsis; cursor: pointer; display: block; }
.room-title .name button::after { content: ""; position: absolute; inset: -4px -8px; border-radius: var(--radius-m); } /* the topic, too */
.room-title .name button:hover::after { background: var(--hover); }
.room-title .name button:focus-visible { outline: none; }
.room-title .name button:focus-visible::after { outline: 2px solid var(--accent); }
.room-title .topic { grid-column: 1 / -1; font-weight: 400; color: var(--muted); font-size: var(--text-s); line-height: 1.3; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
@media (max-width: 700px) {
  .room-header { padding-inline: 4px; }
  .only-wide { display: none; }
}
"""
