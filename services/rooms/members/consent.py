"""Whether somebody may be added to a room at once, or is invited and decides themselves.

Who shares no room with somebody can only invite them. The Lobby does not count, as everybody is in
it, and neither does any other public room: one can join it to meet somebody there. What counts is a
private room, or direct messages in which the other has written, as both were their own decision.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, delete, exists, select

from models import Block, Membership, Message, Room, RoomEventKind, RoomInvitation, RoomKind
from models.clock import now
from services.core.errors import ServiceError
from services.core.i18n import _
from services.rooms import room_events

VALID_FOR = timedelta(days=30)
"""How long an invitation can be accepted, and how long one that was declined is remembered."""
MAX_A_DAY = 100
"""How many people one person can invite in a day."""
MAX_FOR_ONE = 3
"""How many open or declined invitations one person can have sent to another."""


def is_needed(session: Session, inviter_id: int, user_id: int) -> bool:
    """Return whether a user has to agree before they are in a room with `inviter_id`.

    That is so for everybody who has blocked the inviter, too, whom the invitation does not reach.
    """
    if inviter_id == user_id:
        return False
    if session.get(Block, (user_id, inviter_id)):
        return True
    mine, theirs = aliased(Membership), aliased(Membership)
    has_written = exists().where(col(Message.room_id) == Room.id, col(Message.author_id) == user_id)
    shared = (
        select(Room.id)
        .join(mine, col(mine.room_id) == Room.id)
        .join(theirs, col(theirs.room_id) == Room.id)
        .where(
            mine.user_id == inviter_id,
            theirs.user_id == user_id,
            (col(Room.kind) == RoomKind.PRIVATE)
            | ((col(Room.kind) == RoomKind.DIRECT) & has_written),
        )
        .limit(1)
    )
    return session.exec(shared).first() is None


def invite(session: Session, room_id: int, inviter_id: int, user_id: int) -> None:
    """Invite a user to a room, within a write. Once they have declined, this does nothing.

    Raises `ServiceError` when the inviter has invited too many people, or this one too often.
    """
    session.exec(
        delete(RoomInvitation).where(
            col(RoomInvitation.user_id) == user_id, col(RoomInvitation.created_at) < oldest()
        )
    )
    if session.get(RoomInvitation, (room_id, user_id)):
        return
    if _count(session, inviter_id, RoomInvitation.user_id == user_id) >= MAX_FOR_ONE:
        raise ServiceError(
            _("You have already invited them to other rooms. Wait for their answer.")
        )
    day = col(RoomInvitation.created_at) > now() - timedelta(days=1)
    if _count(session, inviter_id, day) >= MAX_A_DAY:
        raise ServiceError(_("You have invited too many people today. Try again tomorrow."))
    session.add(RoomInvitation(room_id=room_id, user_id=user_id, invited_by=inviter_id))
    room_events.record(session, room_id, RoomEventKind.INVITE, inviter_id, person_id=user_id)


def forget(session: Session, room_id: int, user_id: int) -> None:
    """Drop the invitation of a user to a room, within a write: it is answered, or withdrawn."""
    if invitation := session.get(RoomInvitation, (room_id, user_id)):
        session.delete(invitation)


def oldest() -> Any:
    """Return when the oldest invitations that are valid were made."""
    return now() - VALID_FOR


def _count(session: Session, inviter_id: int, *which: Any) -> int:
    counted = select(func.count()).where(RoomInvitation.invited_by == inviter_id, *which)
    return session.exec(counted).one()
