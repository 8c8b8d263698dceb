"""What a member may do in a room, by their role and by how the room stands.

That somebody is a member at all is for `services/rooms/access.py` to say. Everything here asks
rows and views alike, so that a page shows what the service then does.
"""

from typing import Protocol

from models import Role, RoomKind
from services.core.errors import Forbidden
from services.core.i18n import _


class HasRole(Protocol):
    """How somebody stands in a room: a membership, or the view of a room or a member."""

    @property
    def role(self) -> str:
        """What they may do in it."""


class RoomState(Protocol):
    """How a room stands: its row, or one's view of it."""

    @property
    def kind(self) -> str:
        """Who can come in."""

    @property
    def is_announcement(self) -> bool:
        """Whether only moderators write in it."""

    @property
    def is_archived(self) -> bool:
        """Whether it can only be read."""


def may_moderate(membership: HasRole) -> bool:
    """Tell whether somebody may delete others' messages, remove members and read the log."""
    return membership.role in {Role.MODERATOR, Role.OWNER}


def may_pin(room: RoomState, membership: HasRole) -> bool:
    """Tell whether somebody may pin messages: moderators, and in direct messages everybody."""
    allowed = may_moderate(membership) or room.kind == RoomKind.DIRECT
    return allowed and may_write(room, membership)


def may_own(membership: HasRole) -> bool:
    """Tell whether the room is theirs: to change, hand over, archive and delete."""
    return membership.role == Role.OWNER


def may_remove(membership: HasRole, other: HasRole) -> bool:
    """Tell whether somebody may remove another: an owner anybody, a moderator members."""
    return may_own(membership) or (may_moderate(membership) and other.role == Role.MEMBER)


def may_write(room: RoomState, membership: HasRole) -> bool:
    """Tell whether somebody may say something in a room."""
    return not why_read_only(room, membership)


def why_read_only(room: RoomState, membership: HasRole) -> str:
    """Say in one sentence why somebody may not write in a room; nothing if they may."""
    if room.is_archived:
        return _archived()
    if room.is_announcement and not may_moderate(membership):
        return _("This is a room for announcements: only its moderators write in it.")
    return ""


def require_pinner(room: RoomState, membership: HasRole) -> None:
    """Raise `Forbidden` for who may not pin messages in a room."""
    if not may_pin(room, membership):
        raise Forbidden(
            why_read_only(room, membership) or _("Only the room's moderators pin messages.")
        )


def require_writer(room: RoomState, membership: HasRole) -> None:
    """Raise `Forbidden` for who may not write in a room, whatever they would add to it."""
    if sentence := why_read_only(room, membership):
        raise Forbidden(sentence)


def require_moderator(membership: HasRole) -> None:
    """Raise `Forbidden` for who does not moderate the room."""
    if not may_moderate(membership):
        raise Forbidden(_("Only the room's moderators can do this."))


def require_owner(membership: HasRole) -> None:
    """Raise `Forbidden` for who does not own the room."""
    if not may_own(membership):
        raise Forbidden(_("Only the room's owner can do this."))


def require_open(room: RoomState) -> None:
    """Raise `Forbidden` in an archived room: there nobody reacts, votes or pins either."""
    if room.is_archived:
        raise Forbidden(_archived())


def refuse_direct(room: RoomState) -> None:
    """Raise `Forbidden` in direct messages, which belong to all who are in them alike."""
    if room.kind == RoomKind.DIRECT:
        raise Forbidden(_("Direct messages stay between the same people. Make a room instead."))


def _archived() -> str:
    return _("This room is archived: it can be read, and nothing can be added.")
