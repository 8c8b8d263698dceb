"""A public room that the person is not in: what it is about, and a bar to join it."""

from collections.abc import Awaitable, Callable

import htpy as h
from nicegui import ui

from chat_ui.components import encryption, html, room_sign
from chat_ui.components.forms import form
from models import RoomKind
from services.core.i18n import _, number, plural
from services.rooms.views import PublicRoom


def draw(room: PublicRoom, on_join: Callable[[int], Awaitable[None]]) -> None:
    """Draw what everybody may know of the room."""
    html.draw(
        "header",
        html.button("arrow_back", _("Rooms"), ".only-narrow", data_action="rooms"),
        h.div(".room-title")[
            room_sign.draw(RoomKind.PUBLIC),
            h.h1(".name", dir="auto")[
                encryption.sign() if room.is_encrypted else None, h.span[room.name]
            ],
            h.p(".topic", dir="auto")[room.topic] if room.topic else None,
        ],
    ).classes("room-header")
    html.draw("div", _about(room)).classes("room-preview")
    with ui.element("div").classes("join-bar").props("role=note"):
        ui.label(_("You are not in this room."))
        form.button(_("Join"), kind="button").on("click", lambda: on_join(room.room_id))


def _about(room: PublicRoom) -> h.Element:
    members = plural("{count} member", "{count} members", room.members)
    return h.div[
        room_sign.draw(RoomKind.PUBLIC),
        h.p(".found-name", dir="auto")[room.name],
        h.p(dir="auto")[room.topic] if room.topic else None,
        h.p(".small")[members.format(count=number(room.members))],
        h.p(".small")[
            _("Archived: you can only read it.")
            if room.is_archived
            else _("End-to-end encrypted: messages are read and written in apps, not on this page.")
            if room.is_encrypted
            else _("Join to read and write messages.")
        ],
    ]


STYLE = """
.room-preview { flex: 1; min-block-size: 0; overflow-y: auto; display: grid; place-items: center; padding: 24px; }
.room-preview > div { display: grid; justify-items: center; gap: 10px; text-align: center; max-inline-size: 460px; overflow-wrap: anywhere; }
.room-preview p { margin: 0; max-inline-size: 100%; }
.room-preview .sign { inline-size: 72px; block-size: 72px; border-radius: var(--radius-xl); display: grid; place-items: center; font: 700 var(--icon-l) var(--font); color: var(--accent); background: var(--selected); }
.room-preview .found-name { font-size: var(--text-2xl); }
.room-preview .small { color: var(--muted); font-size: var(--text-m); }
.join-bar { display: flex; align-items: center; justify-content: center; gap: 16px; flex-wrap: wrap; padding: 14px 16px calc(14px + env(safe-area-inset-bottom)); background: var(--surface); border-block-start: 1px solid var(--line); }
"""
