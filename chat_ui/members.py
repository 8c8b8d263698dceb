"""The box with who is in a room, and a way to bring somebody in."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nicegui import ui

from chat_ui import avatar, dialog, form
from models import Role
from services.views import Member
from services.words import _

if TYPE_CHECKING:
    from chat_ui.handlers.rooms import RoomHandlers


def show(members: Sequence[Member], page: "RoomHandlers") -> ui.dialog:
    """Open the box with `members`."""
    with dialog.show(_("Who is here")) as box:
        with ui.element("form").classes("form").props("data-form") as add:
            form.field(_("Add somebody by their username"), "username", maxlength="64")
            form.button(_("Add"))
        add.on("filled", page.on_add_member, args=["detail"])
        with ui.element("div").classes("people"):
            for member in members:
                with ui.element("div").classes("entry"):
                    ui.html(str(avatar.draw(member)), sanitize=False)
                    with ui.element("div").classes("grow"):
                        ui.label(member.display_name).props("dir=auto")
                        ui.label(f"@{member.username}").classes("small")
                    if member.role == Role.OWNER:
                        ui.label(_("owner")).classes("small")
    return box
