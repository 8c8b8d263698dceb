"""The box with who is in a room, and a way to bring somebody in."""

from typing import TYPE_CHECKING

import htpy as h
from nicegui import ui

from chat_ui import avatar, dialog, form, plain
from models import Role
from services.views import Members
from services.words import _

if TYPE_CHECKING:
    from chat_ui.handlers.rooms import RoomHandlers


def show(room_id: int, members: Members, page: "RoomHandlers") -> ui.dialog:
    """Open the box with the `members` of a room."""
    with dialog.show(_("Who is here")) as box:
        with ui.element("form").classes("form").props("data-form") as add:
            form.field(_("Add somebody by their username"), "username", maxlength="64")
            form.button(_("Add"))
        add.on("filled", lambda event: page.on_add_member(room_id, event), args=["detail"])
        shown = members.found
        plain.draw(
            "div",
            (
                h.div(".entry")[
                    avatar.draw(member),
                    h.div(".grow")[
                        h.div(dir="auto")[member.display_name],
                        h.div(".small")[f"@{member.username}"],
                    ],
                    h.span(".small")[_("owner")] if member.role == Role.OWNER else None,
                ]
                for member in shown
            ),
            h.p(".small")[_("{count} more").format(count=members.total - len(shown))]
            if members.total > len(shown)
            else None,
        ).classes("people")
    return box
