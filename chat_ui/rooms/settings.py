"""The dialog about a room: its settings, for the owner, and leaving it."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Protocol

from nicegui import ui

from chat_ui.components import encryption, html
from chat_ui.components.forms import form
from chat_ui.components.overlays import dialog
from models import RoomKind
from services.accounts.names.name_rules import ROOM_NAME_LIMIT, TOPIC_LIMIT
from services.core.i18n import _
from services.rooms.permissions import is_sealed, may_leave, may_moderate, may_own
from services.rooms.views import RoomView

OpensDialog = Callable[[int], Awaitable[None]]
"""What opens another dialog about a room: its members, the messages reported in it, or its webhooks."""


class Actions(Protocol):
    """What happens when something in the dialog is pressed or filled in."""

    def on_rename(self, room_id: int, event: Any, /) -> Awaitable[None]:
        """Give the room another name and topic."""

    def on_announce(self, room_id: int, on: bool, /) -> Awaitable[None]:
        """Let only moderators write, or everybody again."""

    def on_archive(self, room_id: int, on: bool, /) -> Awaitable[None]:
        """Archive the room, or bring it back."""

    def on_encrypt(self, room_id: int, /) -> Awaitable[None]:
        """Switch encryption on, for good."""

    def on_delete_room(self, room_id: int, event: Any, /) -> Awaitable[None]:
        """Delete the room."""

    def on_leave(self, room_id: int, /) -> Awaitable[None]:
        """Leave the room."""

    def on_room_log(self, room_id: int, /) -> Awaitable[None]:
        """Open the dialog with what moderators did."""


def show(
    room: RoomView,
    actions: Actions,
    on_members: OpensDialog,
    on_reports: OpensDialog,
    on_webhooks: OpensDialog | None,
    *,
    is_last: bool,
    offers_encryption: bool,
) -> ui.dialog:
    """Open the dialog: the owner can change and delete the room, everybody can leave.

    `on_webhooks` is None where there are none. `is_last` says that nobody else is a member. It
    `offers_encryption` where there are apps, which can read and write in an encrypted room.
    """
    with dialog.show(title(room)) as shown:
        for words in _kinds(room):
            ui.label(words).classes("field-hint")
        if room.kind != RoomKind.DIRECT and may_own(room):
            _name(room, actions)
            _ways(room, actions, on_members)
        elif room.topic:
            ui.label(room.topic).props("dir=auto")
        if room.kind != RoomKind.DIRECT and may_moderate(room):
            log = form.button(_("Moderation log"), kind="button", quiet=True)
            log.props("data-testid=room-log").on("click", lambda: actions.on_room_log(room.room_id))
            reports = form.button(_("Reported messages"), kind="button", quiet=True)
            reports.props("data-testid=room-reports")
            reports.on("click", lambda: on_reports(room.room_id))
            if on_webhooks:
                _webhooks(room, on_webhooks)
        if offers_encryption and _may_encrypt(room):
            _encrypt(room, actions)
        if may_leave(room):
            _leave(room, actions, is_last=is_last)
        if room.kind != RoomKind.DIRECT and may_own(room) and not room.is_lobby:
            _delete(room, actions)
    return shown


def title(room: RoomView) -> str:
    """Return what the dialog is called, and the button that opens it."""
    return _("Conversation") if room.kind == RoomKind.DIRECT else _("Room settings")


def leaving(room: RoomView) -> str:
    """Return the words on what opens the question whether to leave."""
    if room.kind == RoomKind.DIRECT:
        return _("Leave conversation …")
    return _("Leave room …")


def ask_to_leave(room: RoomView, actions: Actions, *, is_last: bool) -> ui.dialog:
    """Open the dialog that says what leaving means, and asks."""
    words = _("Leave this conversation?") if room.kind == RoomKind.DIRECT else _("Leave this room?")
    with dialog.show(words) as shown:
        _leave_button(room, actions, is_last=is_last)
    return shown


def _kinds(room: RoomView) -> list[str]:
    """Return who may join the room, and who may write in it."""
    who = {
        RoomKind.PUBLIC: _("Public: everyone can find and join it."),
        RoomKind.PRIVATE: _("Private: only members can see it."),
        RoomKind.DIRECT: _("Direct messages: only the people in the conversation can see them."),
    }
    kinds = [who[RoomKind(room.kind)]]
    if room.is_announcement:
        kinds.append(_("Announcements only: only moderators can post."))
    if room.is_encrypted:
        kinds.append(
            _("End-to-end encrypted: messages are read and written in apps, not on this page.")
            if is_sealed(room)
            else _("End-to-end encrypted: the chat that it belongs to cannot read the messages.")
        )
    if room.is_archived:
        kinds.append(_("Archived: you can only read it."))
    return kinds


def _name(room: RoomView, actions: Actions) -> None:
    with form.live() as change:
        form.field(_("Name"), "name", value=room.name, limit=ROOM_NAME_LIMIT)
        form.field(_("Topic"), "topic", value=room.topic, required=False, limit=TOPIC_LIMIT)
        form.button(_("Save"))
    change.on("filled", lambda event: actions.on_rename(room.room_id, event), args=["detail"])


def _ways(room: RoomView, actions: Actions, on_members: OpensDialog) -> None:
    """Draw the switches for the owner, and the way to transfer the room."""
    announce = form.button(
        _("Let everyone post") if room.is_announcement else _("Announcements only"),
        kind="button",
        quiet=True,
    ).props("data-testid=announce-room")
    announce.on("click", lambda: actions.on_announce(room.room_id, not room.is_announcement))
    archive = form.button(
        _("Unarchive room") if room.is_archived else _("Archive room"),
        kind="button",
        quiet=True,
    ).props("data-testid=archive-room")
    archive.on("click", lambda: actions.on_archive(room.room_id, not room.is_archived))
    hand_over = form.button(_("Roles"), kind="button", quiet=True)
    hand_over.on("click", lambda: on_members(room.room_id))


def _webhooks(room: RoomView, on_webhooks: OpensDialog) -> None:
    webhooks = form.button(_("Webhooks"), kind="button", quiet=True)
    webhooks.props("data-testid=room-webhooks")
    webhooks.on("click", lambda: on_webhooks(room.room_id))


def _leave(room: RoomView, actions: Actions, *, is_last: bool) -> None:
    """Draw the button to leave, behind what that means."""
    with form.fold(leaving(room), danger=True):
        _leave_button(room, actions, is_last=is_last)


def _leave_button(room: RoomView, actions: Actions, *, is_last: bool) -> None:
    for hint in _on_leaving(room, is_last=is_last):
        ui.label(hint).classes("field-hint")
    leave = form.button(_("Leave"), kind="button").classes("danger-button")
    leave.props("data-testid=leave-room").on("click", lambda: actions.on_leave(room.room_id))


def _on_leaving(room: RoomView, *, is_last: bool) -> Iterator[str]:
    """Yield what leaving means, for the member and for the room."""
    if is_last and room.kind != RoomKind.PUBLIC:
        yield _("You are the last member. When you leave, no one can open this room any more.")
        return
    hints = {
        RoomKind.PUBLIC: _("You can come back at any time from the list of public rooms."),
        RoomKind.PRIVATE: _("You will lose access until a member adds you again."),
        RoomKind.DIRECT: _("You will lose access and can't come back."),
    }
    yield hints[RoomKind(room.kind)]
    if is_last:
        yield _("You are the last member. Whoever joins next becomes the owner.")
    elif room.kind != RoomKind.DIRECT and may_own(room):
        yield _("A moderator, or the member who joined first, becomes the owner.")


def _may_encrypt(room: RoomView) -> bool:
    """Return whether the viewer may switch encryption on."""
    is_open = not (room.is_encrypted or room.is_archived or room.is_lobby)
    return is_open and room.kind != RoomKind.DIRECT and may_own(room)


def _encrypt(room: RoomView, actions: Actions) -> None:
    """Draw the button to switch encryption on, behind what that means."""
    with form.fold(_("Switch encryption on …"), danger=True):
        for hint in (
            _("Once and for good: it can't be switched off again."),
            _(
                "From then on, messages are read and written in apps, or with {command} on your "
                "own computer, not on this page."
            ),
            _("What was said before stays readable on the server, also in old backups."),
            _("Search, link previews, webhooks and scheduled messages end here."),
        ):
            html.draw("div", encryption.with_command(hint)).classes("field-hint")
        switch = form.button(_("Switch on for good"), kind="button").classes("danger-button")
        switch.props("data-testid=encrypt-room").on(
            "click", lambda: actions.on_encrypt(room.room_id)
        )


def _delete(room: RoomView, actions: Actions) -> None:
    with (
        form.fold(_("Delete room …"), danger=True),
        form.live() as delete,
    ):
        ui.label(
            _("The room and all its messages are deleted for everyone. This can't be undone.")
        ).classes("field-hint")
        words = _("Type the room's name to delete it: {name}").format(name=room.name)
        form.field(words, "typed_name")
        form.button(_("Delete permanently")).props("data-testid=delete-room")
    delete.on("filled", lambda event: actions.on_delete_room(room.room_id, event), args=["detail"])
