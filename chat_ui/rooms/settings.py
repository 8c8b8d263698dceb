"""The dialog about a room: its settings, for the owner, and leaving it."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from nicegui import ui

from chat_ui.components import dialog, form
from models import RoomKind
from services.core.i18n import _
from services.rooms.permissions import may_moderate, may_own
from services.rooms.views import RoomView

OnMembers = Callable[[int], Awaitable[None]]
"""What opens the dialog with the members of a room."""


class Actions(Protocol):
    """What happens when something in the dialog is pressed or filled in."""

    def on_rename(self, room_id: int, event: Any, /) -> Awaitable[None]:
        """Give the room another name and topic."""

    def on_announce(self, room_id: int, on: bool, /) -> Awaitable[None]:
        """Let only moderators write, or everybody again."""

    def on_archive(self, room_id: int, on: bool, /) -> Awaitable[None]:
        """Archive the room, or bring it back."""

    def on_delete_room(self, room_id: int, event: Any, /) -> Awaitable[None]:
        """Delete the room."""

    def on_leave(self, room_id: int, /) -> Awaitable[None]:
        """Leave the room."""

    def on_room_log(self, room_id: int, /) -> Awaitable[None]:
        """Open the dialog with what moderators did."""


def show(room: RoomView, actions: Actions, on_members: OnMembers) -> ui.dialog:
    """Open the dialog: the owner can change and delete the room, everybody can leave."""
    with dialog.show(_("About this room")) as shown:
        for words in _kinds(room):
            ui.label(words).classes("field-hint")
        if room.kind != RoomKind.DIRECT and may_own(room):
            _name(room, actions)
            _ways(room, actions, on_members)
        elif room.topic:
            ui.label(room.topic).props("dir=auto")
        if room.kind != RoomKind.DIRECT and may_moderate(room):
            log = form.button(_("What moderators did"), kind="button", quiet=True)
            log.props("data-testid=room-log").on("click", lambda: actions.on_room_log(room.room_id))
        leave = form.button(_("Leave this room"), kind="button", quiet=True).classes("danger")
        leave.props("data-testid=leave-room").on("click", lambda: actions.on_leave(room.room_id))
        if room.kind != RoomKind.DIRECT and may_own(room):
            _delete(room, actions)
    return shown


def _kinds(room: RoomView) -> list[str]:
    """Return who may join the room, and who may write in it."""
    who = {
        RoomKind.PUBLIC: _("Public: everybody here can find and join it."),
        RoomKind.PRIVATE: _("Private: only people who are added see it."),
        RoomKind.DIRECT: _("Direct messages: only those who are in them see them."),
    }
    kinds = [who[RoomKind(room.kind)]]
    if room.is_announcement:
        kinds.append(_("For announcements: only moderators write."))
    if room.is_archived:
        kinds.append(_("Archived: it can only be read."))
    return kinds


def _name(room: RoomView, actions: Actions) -> None:
    with ui.element("form").classes("form").props("data-form") as change:
        form.field(_("Name"), "name", value=room.name, maxlength="120")
        form.field(_("Topic"), "topic", value=room.topic, required=False, maxlength="400")
        form.button(_("Save"))
    change.on("filled", lambda event: actions.on_rename(room.room_id, event), args=["detail"])


def _ways(room: RoomView, actions: Actions, on_members: OnMembers) -> None:
    """Draw the switches for the owner, and the way to transfer the room."""
    announce = form.button(
        _("Let everybody write") if room.is_announcement else _("Only moderators write"),
        kind="button",
        quiet=True,
    ).props("data-testid=announce-room")
    announce.on("click", lambda: actions.on_announce(room.room_id, not room.is_announcement))
    archive = form.button(
        _("Bring it back from the archive") if room.is_archived else _("Archive this room"),
        kind="button",
        quiet=True,
    ).props("data-testid=archive-room")
    archive.on("click", lambda: actions.on_archive(room.room_id, not room.is_archived))
    hand_over = form.button(_("Moderators, and handing over"), kind="button", quiet=True)
    hand_over.on("click", lambda: on_members(room.room_id))


def _delete(room: RoomView, actions: Actions) -> None:
    with (
        form.fold(_("Delete this room …"), danger=True),
        ui.element("form").classes("form").props("data-form") as delete,
    ):
        ui.label(_("The room and everything said in it are gone for everybody, for good.")).classes(
            "field-hint"
        )
        words = _("To delete it, type its name: {name}").format(name=room.name)
        form.field(words, "typed_name", maxlength="120")
        form.button(_("Delete for good")).props("data-testid=delete-room")
    delete.on("filled", lambda event: actions.on_delete_room(room.room_id, event), args=["detail"])
