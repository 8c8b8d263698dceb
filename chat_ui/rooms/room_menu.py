"""The menu in the header of a room: everything that its reader can do with it."""

import htpy as h

from chat_ui.components import html
from chat_ui.components.overlays import menu
from chat_ui.rooms import settings
from chat_ui.rooms.members import members
from models import RoomKind
from services.core.i18n import _
from services.rooms.permissions import may_leave
from services.rooms.views import RoomView


def draw(room: RoomView) -> h.Node:
    """Return the button and its menu."""
    is_group = room.kind != RoomKind.DIRECT or len(room.people) > 1
    return _draw(
        room.room_id,
        settings.title(room),
        settings.leaving(room) if may_leave(room) else "",
        is_group,
        room.is_favourite,
    )


@html.cached
def _draw(room_id: int, about: str, leave: str, is_group: bool, is_favourite: bool) -> h.Fragment:
    return h.fragment[
        html.button("more_horiz", _("More"), popovertarget="room-tools", aria_haspopup="menu"),
        menu.draw(
            "room-tools",
            menu.link("group", _("Members"), members.address(room_id)) if is_group else None,
            menu.link("search", _("Search in this room"), f"/rooms/{room_id}/search"),
            menu.link("folder_open", _("Files"), f"/rooms/{room_id}/files"),
            menu.link("push_pin", _("Pinned messages"), f"/rooms/{room_id}/pins"),
            menu.entry("event", _("Jump to date"), data_ask="jump_to_date"),
            h.hr,
            _favourite(room_id, is_favourite),
            menu.entry("notifications", _("Notifications"), data_ask="notification_settings"),
            menu.entry("tune", about, data_ask="room_settings"),
            menu.entry("logout", leave, data_ask="leave_room") if leave else None,
        ),
    ]


def _favourite(room_id: int, is_favourite: bool) -> h.Element:
    return menu.entry(
        "star" if is_favourite else "star_border",
        _("Remove from favourites") if is_favourite else _("Add to favourites"),
        data_ask="favourite",
        data_room=room_id,
        data_set="off" if is_favourite else "on",
    )
