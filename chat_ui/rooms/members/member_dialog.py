"""The dialog about one member of a room: change the role, transfer the room, remove."""

from collections.abc import Awaitable
from typing import Any, Protocol

import htpy as h
from nicegui import ui

from chat_ui.components import avatar, html
from chat_ui.components.forms import form
from chat_ui.components.overlays import dialog
from chat_ui.rooms.members import members
from models import Role
from services.core.i18n import _
from services.rooms.members.memberships import Member
from services.rooms.permissions import may_own
from services.rooms.views import RoomView


class Actions(Protocol):
    """What happens when something in the dialog is pressed or filled in."""

    def on_show_members(self, room_id: int, /) -> Awaitable[None]:
        """Go back to the members."""

    def on_change_role(self, room_id: int, user_id: int, role: str, /) -> Awaitable[None]:
        """Give the member another role."""

    def on_hand_over(self, room_id: int, user_id: int, /) -> Awaitable[None]:
        """Make the member the owner."""

    def on_remove_member(self, room_id: int, user_id: int, event: Any, /) -> Awaitable[None]:
        """Remove the member."""


def show(room: RoomView, member: Member, actions: Actions) -> ui.dialog:
    """Open the dialog for somebody who may remove `member`; the owner may do more."""
    with dialog.show(member.display_name) as shown:
        html.draw(
            "div",
            avatar.draw(member),
            h.div(".grow.small")[f"@{member.username}"],
            members.role_sign(member.role),
        ).classes("entry")
        if may_own(room):
            _role_button(room, member, actions)
            _hand_over(room, member, actions)
        _remove(room, member, actions)
        back = form.button(_("Back to members"), kind="button", quiet=True)
        back.on("click", lambda: actions.on_show_members(room.room_id))
    return shown


def _role_button(room: RoomView, member: Member, actions: Actions) -> None:
    is_moderator = member.role == Role.MODERATOR
    other = Role.MEMBER if is_moderator else Role.MODERATOR
    words = _("Remove as moderator") if is_moderator else _("Make moderator")
    button = form.button(words, kind="button", quiet=True).props("data-testid=change-role")
    button.on("click", lambda: actions.on_change_role(room.room_id, member.user_id, other))
    if not is_moderator:
        hint = _("Moderators can remove members, delete messages and see the moderation log.")
        ui.label(hint).classes("field-hint")


def _hand_over(room: RoomView, member: Member, actions: Actions) -> None:
    with form.fold(_("Transfer ownership …")):
        hint = _("{name} becomes the owner, and you become a moderator.")
        ui.label(hint.format(name=member.display_name)).classes("field-hint")
        button = form.button(_("Transfer"), kind="button").props("data-testid=hand-over")
        button.on("click", lambda: actions.on_hand_over(room.room_id, member.user_id))


def _remove(room: RoomView, member: Member, actions: Actions) -> None:
    with (
        form.fold(_("Remove from room …"), danger=True),
        form.live() as remove,
    ):
        hint = _("They lose access to the room immediately. Their messages stay.")
        form.field(_("Reason (for the log)"), "reason", required=False, limit=200, hint=hint)
        form.button(_("Remove")).props("data-testid=remove-member")
    remove.on(
        "filled",
        lambda event: actions.on_remove_member(room.room_id, member.user_id, event),
        args=["detail"],
    )
