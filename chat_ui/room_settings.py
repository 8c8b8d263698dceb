"""The box with what a room is called, and the way out of it."""

from typing import TYPE_CHECKING

from nicegui import ui

from chat_ui import dialog, form
from models import Role, RoomKind
from services.views import RoomView
from services.words import _

if TYPE_CHECKING:
    from chat_ui.handlers.rooms import RoomHandlers


def show(room: RoomView, page: "RoomHandlers") -> ui.dialog:
    """Open the box; its owner can change the name and topic, everybody can leave."""
    with dialog.show(_("About this room")) as box:
        public = room.kind == RoomKind.PUBLIC
        ui.label(
            _("Public: everybody here can find and join it.")
            if public
            else _("Private: only people who are added see it.")
        ).classes("field-hint")
        if room.role == Role.OWNER:
            with ui.element("form").classes("form").props("data-form") as change:
                form.field(_("Name"), "name", value=room.name, maxlength="120")
                form.field(_("Topic"), "topic", value=room.topic, required=False, maxlength="400")
                form.button(_("Save"))
            change.on("filled", lambda event: page.on_rename(room.room_id, event), args=["detail"])
        elif room.topic:
            ui.label(room.topic).props("dir=auto")
        leave = form.button(_("Leave this room"), kind="button", quiet=True).classes("danger")
        leave.props("data-testid=leave-room").on("click", lambda: page.on_leave(room.room_id))
    return box
