"""What a member may do in a room, depending on their role and the state of the room.

Membership itself is checked in `services/rooms/access.py`. These functions take database rows and
views alike, so pages and services apply the same rules.
"""

from typing import Protocol

from models import Role, RoomKind
from models.room import people_of
from services.core import hub
from services.core.errors import Forbidden
from services.core.i18n import _


class HasRole(Protocol):
    """Anything with a role in a room: a membership, a room view or a member."""

    @property
    def role(self) -> str:
        """One of `Role`."""


class RoomState(Protocol):
    """The state of a room: its row or a view of it."""

    @property
    def kind(self) -> str:
        """One of `RoomKind`."""

    @property
    def is_announcement(self) -> bool:
        """Whether only moderators may write."""

    @property
    def is_archived(self) -> bool:
        """Whether it is read-only."""

    @property
    def is_encrypted(self) -> bool:
        """Whether what is said in it is encrypted, which pages cannot do."""


class HasPeople(Protocol):
    """Anything with the set of people of a direct message: a room or a view of it."""

    @property
    def people_key(self) -> str | None:
        """Their ids, joined by commas; None in rooms, and in groups that somebody has left."""


PAIR = 2
"""Number of people in a direct message that nobody can leave."""


def may_leave(room: HasPeople) -> bool:
    """Return whether members may leave: not what is between two, nor notes to oneself."""
    return room.people_key is None or len(people_of(room.people_key)) > PAIR


def may_moderate(membership: HasRole) -> bool:
    """Return whether a member may delete others' messages, remove members and read the log."""
    return membership.role in {Role.MODERATOR, Role.OWNER}


def may_pin(room: RoomState, membership: HasRole) -> bool:
    """Return whether a member may pin messages: moderators, and everyone in direct messages."""
    allowed = may_moderate(membership) or room.kind == RoomKind.DIRECT
    return allowed and not why_closed(room, membership)


def may_own(membership: HasRole) -> bool:
    """Return whether a member may rename, hand over, archive and delete the room."""
    return membership.role == Role.OWNER


def may_remove(membership: HasRole, other: HasRole) -> bool:
    """Return whether a member may remove another: owners anyone, moderators plain members."""
    return may_own(membership) or (may_moderate(membership) and other.role == Role.MEMBER)


def may_write(room: RoomState, membership: HasRole) -> bool:
    """Return whether a member may write in a room what the chat can read."""
    return not why_read_only(room, membership)


def why_read_only(room: RoomState, membership: HasRole) -> str:
    """Return why a member may not write so in a room, as a sentence; "" if they may."""
    if reason := why_closed(room, membership):
        return reason
    return not_plain() if is_sealed(room) else ""


def why_closed(room: RoomState, membership: HasRole) -> str:
    """Return why a member may not write anything, encrypted or not; "" if they may."""
    if room.is_archived:
        return _archived()
    if room.is_announcement and not may_moderate(membership):
        return _("This room is for announcements. Only its moderators can post.")
    return ""


def is_sealed(room: RoomState) -> bool:
    """Return whether what is said in a room cannot be read here: a node has the keys for it."""
    return room.is_encrypted and hub.asked() is None


def require_pinner(room: RoomState, membership: HasRole) -> None:
    """Raise `Forbidden` unless the member may pin messages."""
    if not may_pin(room, membership):
        raise Forbidden(
            why_closed(room, membership) or _("Only the room's moderators can pin messages.")
        )


def require_writer(room: RoomState, membership: HasRole) -> None:
    """Raise `Forbidden` unless the member may write in the room, and it is not encrypted."""
    if reason := why_read_only(room, membership):
        raise Forbidden(reason)


def require_speaker(room: RoomState, membership: HasRole) -> None:
    """Raise `Forbidden` unless the member may write in the room, encrypted or not."""
    if reason := why_closed(room, membership):
        raise Forbidden(reason)


def require_plain(room: RoomState) -> None:
    """Raise `Forbidden` in an encrypted room, to which goes nothing that the chat can read."""
    if is_sealed(room):
        raise Forbidden(not_plain())


def require_encrypted(room: RoomState) -> None:
    """Raise `Forbidden` in a room that is not encrypted, whose members could not read it."""
    if not room.is_encrypted:
        raise Forbidden(
            _("This room is not encrypted. Send the message as text, or start again in your app.")
        )


def require_moderator(membership: HasRole) -> None:
    """Raise `Forbidden` unless the member is a moderator or the owner."""
    if not may_moderate(membership):
        raise Forbidden(_("Only the room's moderators can do this."))


def require_owner(membership: HasRole) -> None:
    """Raise `Forbidden` unless the member is the owner."""
    if not may_own(membership):
        raise Forbidden(_("Only the room's owner can do this."))


def require_open(room: RoomState) -> None:
    """Raise `Forbidden` in an archived room, where reactions, votes and pins are frozen too."""
    if room.is_archived:
        raise Forbidden(_archived())


def refuse_direct(room: RoomState) -> None:
    """Raise `Forbidden` in direct messages, which have no roles."""
    if room.kind == RoomKind.DIRECT:
        raise Forbidden(
            _("The people in a direct conversation can't change. Create a room instead.")
        )


def not_plain() -> str:
    """Return, as a sentence, why nothing that the chat can read goes to an encrypted room."""
    return _("This room is encrypted. Write in it with an app that encrypts messages.")


def _archived() -> str:
    return _("This room is archived: you can only read it.")
