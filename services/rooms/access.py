"""Room access: only members may see a room. Queries with a permission check start here.

`tests/services/rooms/test_access.py` lists the modules that query memberships themselves, and why.
What a member may do in a room is in `services/rooms/permissions.py`.
"""

from typing import Any

import sqlalchemy
from msgspec import Struct
from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from models import Membership, Room, RoomKind
from services.core.dto import CurrentUser
from services.core.errors import NotFound

IS_ENCRYPTED: Any = sqlalchemy.literal_column("rooms.encryption != ''", sqlalchemy.Boolean)
"""The condition that a room is encrypted, without a parameter: for prepared statements."""


def require_member(session: Session, user_id: int, room_id: int) -> tuple[Room, Membership]:
    """Return a room and a user's membership in it.

    Raises `NotFound` for non-members, exactly as for a room that does not exist.
    """
    found = session.exec(
        select(Room, Membership)
        .join(Membership, col(Membership.room_id) == Room.id)
        .where(Room.id == room_id, Membership.user_id == user_id)
    ).first()
    if found is None:
        raise NotFound
    return found


def require_public(session: Session, room_id: int) -> Room:
    """Return a public room, which anybody may find and join.

    Raises `NotFound` for a private one, exactly as for a room that does not exist.
    """
    room = session.get(Room, room_id)
    if room is None or room.kind != RoomKind.PUBLIC:
        raise NotFound
    return room


def is_in_encrypted(session: Session, user_id: int, other: int | None = None) -> bool:
    """Return whether a user is in an encrypted room; with `other` one in which both are."""
    found = select(Room.id).where(IS_ENCRYPTED)
    for each in (user_id, other):
        if each is not None:
            found = found.where(col(Room.id).in_(room_ids_of(each)))
    return session.exec(found.limit(1)).first() is not None


def rooms_of(member: Any, *columns: Any) -> Any:
    """Return a select of `columns` of `Room` and `Membership` for the rooms of `member`.

    `member` is a user id or a bound parameter.
    """
    return (
        sqlalchemy.select(*columns)
        .select_from(Room)
        .join(Membership, col(Membership.room_id) == Room.id)
        .where(col(Membership.user_id) == member)
    )


def room_ids_of(member: Any) -> Any:
    """Return a select of the ids of the rooms of `member`: a user id or a bound parameter."""
    return sqlalchemy.select(col(Membership.room_id)).where(col(Membership.user_id) == member)


class RoomPosition(Struct, frozen=True):
    """A room's latest message and change, and how far a member has read."""

    last_seq: int
    last_change: int
    last_read_seq: int
    unread_from: int

    @property
    def read_up_to(self) -> int:
        """The `seq` of the last message before the unread ones."""
        return self.unread_from - 1 if self.unread_from else self.last_read_seq


def position(session: Session, viewer: CurrentUser, room_id: int) -> RoomPosition:
    """Return the viewer's position in a room. Raises like `require_member`."""
    values = {"room": room_id, "member": viewer.user_id}
    found = session.connection().execute(_POSITION, values).first()
    if found is None:
        raise NotFound
    return RoomPosition(*found)


_POSITION = rooms_of(
    bindparam("member"),
    col(Room.last_seq),
    col(Room.last_change),
    col(Membership.last_read_seq),
    col(Membership.unread_from),
).where(col(Room.id) == bindparam("room"))
