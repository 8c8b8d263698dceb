"""What devices show that was read or deleted since, and devices whose session is over."""

from datetime import datetime
from typing import Any

import sqlalchemy
from msgspec import Struct
from sqlalchemy import and_, exists, or_
from sqlmodel import Session, col, delete, select, update

from models import LoginSession, Membership, Message, PushedRoom, PushSubscription, User
from services.accounts.sessions import sessions


class Outdated(Struct, frozen=True):
    """Notifications to take back, and devices to forget."""

    rooms: list[tuple[int, int]]
    """Devices and rooms that show what was read, deleted, or is no longer theirs."""
    ended: list[int]
    """Subscriptions whose session is over."""


def find(session: Session, moment: datetime) -> Outdated:
    """Return what devices show that is outdated, without changing anything.

    It goes through all that devices show: not for every message.
    """
    return Outdated(
        [(row[0], row[1]) for row in session.connection().execute(_OUTDATED)],
        list(session.exec(_ended(moment))),
    )


def withdraw(session: Session, found: Outdated, moment: datetime) -> None:
    """Forget the devices whose session is over, and let the others take back what they show."""
    if found.ended:
        session.exec(delete(PushSubscription).where(col(PushSubscription.id).in_(found.ended)))
    for subscription_id, room_id in found.rooms:
        session.exec(_row(update(PushedRoom), subscription_id, room_id).values(due_at=moment))


def is_outdated(session: Session, subscription_id: int, room_id: int) -> bool:
    """Return whether a device shows something of a room that is outdated."""
    return session.exec(_row(_OUTDATED, subscription_id, room_id)).first() is not None


def _row(statement: Any, subscription_id: int, room_id: int) -> Any:
    return statement.where(
        col(PushedRoom.subscription_id) == subscription_id, col(PushedRoom.room_id) == room_id
    )


_MINE = and_(
    col(Membership.room_id) == PushedRoom.room_id,
    col(Membership.user_id) == PushSubscription.user_id,
    col(Membership.last_read_seq) < PushedRoom.shown_seq,
)
_OUTDATED: Any = (
    sqlalchemy.select(col(PushedRoom.subscription_id), col(PushedRoom.room_id))
    .join(PushSubscription, col(PushSubscription.id) == PushedRoom.subscription_id)
    .where(
        col(PushedRoom.due_at).is_(None),
        or_(
            ~exists().where(_MINE),
            exists().where(
                col(Message.room_id) == PushedRoom.room_id,
                col(Message.seq) == PushedRoom.shown_seq,
                col(Message.deleted_at).is_not(None),
            ),
        ),
    )
)


def _ended(moment: datetime) -> Any:
    return (
        select(PushSubscription.id)
        .join(LoginSession, col(LoginSession.id) == PushSubscription.session_id)
        .join(User, col(User.id) == PushSubscription.user_id)
        .where(is_over(moment))
    )


def is_over(moment: datetime) -> Any:
    """Return the condition that a login is over: its session, or its account."""
    return or_(
        sessions.is_over(moment),
        col(User.disabled_at).is_not(None),
    )
