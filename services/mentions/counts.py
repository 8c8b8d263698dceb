"""How many unread messages name somebody, room by room, from positions alone."""

from collections import Counter
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam, func
from sqlmodel import Session, col

from models import Membership, Mention, Message
from services.mentions import filters

# The memberships come first: then each room costs a look into an index at the place where its
# unread begins, and one more for each message found there.
_COUNTED: Any = (
    sqlalchemy.select(col(Membership.room_id), func.count())
    .join(Mention, (col(Mention.room_id) == Membership.room_id) & filters.IS_UNREAD)
    .join(Message, col(Message.id) == Mention.message_id)
    .where(
        col(Membership.user_id) == bindparam("member"),
        col(Message.author_id) != bindparam("member"),
        ~filters.BY_SOMEBODY_BLOCKED,
    )
    .group_by(col(Membership.room_id))
)
_MYSELF = _COUNTED.where(filters.MYSELF)
_EVERYBODY = _COUNTED.where(filters.EVERYBODY)
_OF_ROOM = col(Membership.room_id) == bindparam("room")


def unread(session: Session, user_id: int) -> Counter[int]:
    """Return how many unread messages name somebody, or everybody, by room."""
    return _count(session, _MYSELF, _EVERYBODY, member=user_id)


def unread_in(session: Session, user_id: int, room_id: int) -> int:
    """Return how many unread messages of one room name somebody, or everybody."""
    both = _MYSELF.where(_OF_ROOM), _EVERYBODY.where(_OF_ROOM)
    return _count(session, *both, member=user_id, room=room_id)[room_id]


def _count(session: Session, *queries: Any, **values: int) -> Counter[int]:
    counted = Counter[int]()
    for query in queries:
        for room_id, many in session.connection().execute(query, values):
            counted[room_id] += many
    return counted
