"""How many unread messages notify a member: by the level of the room, and whom they name."""

from typing import Any

import sqlalchemy
from sqlalchemy import and_, bindparam, or_
from sqlmodel import Session, col

from models import Membership, Notify, Room, RoomKind
from services.rooms.reading import uncounted, unread_mentions
from services.rooms.reading.unread_mentions import READ_UP_TO

_UNREAD: Any = (
    sqlalchemy.select(col(Room.id), col(Room.kind), col(Membership.notify), col(Room.last_seq))
    .add_columns(READ_UP_TO.label("read_up_to"))
    .join(Room, col(Room.id) == Membership.room_id)
    .where(
        col(Membership.user_id) == bindparam("member"),
        col(Membership.notify) != Notify.NOTHING,
        col(Room.last_seq) > READ_UP_TO,
    )
)
OF_ALL: Any = or_(
    col(Membership.notify) == Notify.EVERYTHING,
    and_(col(Room.kind) == RoomKind.DIRECT, col(Membership.notify) != Notify.NOTHING),
)
"""The condition that `notifies_of_all`, in a query for members with their rooms."""


def notifies_of_all(kind: str, notify: str) -> bool:
    """Return whether all messages of a room notify a member, as others do who are named."""
    return notify == Notify.EVERYTHING or (kind == RoomKind.DIRECT and notify != Notify.NOTHING)


def number(kind: str, notify: str, unread: int, mentions: int) -> tuple[int, int]:
    """Return how many unread messages of a room notify a member, and how many of them name them.

    `unread` and `mentions` are how many there are.
    """
    if notify == Notify.NOTHING:
        return 0, 0
    return (max(unread, mentions) if notifies_of_all(kind, notify) else mentions), mentions


def count(session: Session, user_id: int) -> int:
    """Return how many unread messages of all their rooms notify a person, within a read."""
    rows = session.connection().execute(_UNREAD, {"member": user_id}).all()
    if not rows:
        return 0
    mentions = unread_mentions.count(session, user_id)
    skipped = uncounted.of(session, user_id)
    return sum(
        number(
            row.kind,
            row.notify,
            max(0, row.last_seq - row.read_up_to - len(skipped.get(row.id, ()))),
            mentions[row.id],
        )[0]
        for row in rows
    )
