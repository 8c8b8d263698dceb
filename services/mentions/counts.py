"""Count unread mentions per room, from read positions."""

from collections import Counter
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam, func
from sqlmodel import Session, col

from models import Membership, Mention, Message
from services.mentions import filters

# Starts from the memberships: each room costs one index lookup where its unread messages begin,
# and one for each mention found there.
_COUNT_BY_ROOM: Any = (
    sqlalchemy.select(col(Membership.room_id), func.count())
    .join(Mention, (col(Mention.room_id) == Membership.room_id) & filters.IS_UNREAD)
    .join(Message, col(Message.id) == Mention.message_id)
    .where(
        col(Membership.user_id) == bindparam("member"),
        col(Message.author_id) != bindparam("member"),
        ~filters.BY_BLOCKED_AUTHOR,
    )
    .group_by(col(Membership.room_id))
)
_BY_NAME = _COUNT_BY_ROOM.where(filters.NAMES_MEMBER)
_BY_GROUP = _COUNT_BY_ROOM.where(filters.NAMES_ROOM)
_IN_ROOM = col(Membership.room_id) == bindparam("room")


def unread(session: Session, user_id: int) -> Counter[int]:
    """Return the number of unread messages that mention a user or their whole room, by room id."""
    return _count(session, _BY_NAME, _BY_GROUP, member=user_id)


def unread_in(session: Session, user_id: int, room_id: int) -> int:
    """Return the number of unread messages in one room that mention a user or the whole room."""
    queries = _BY_NAME.where(_IN_ROOM), _BY_GROUP.where(_IN_ROOM)
    return _count(session, *queries, member=user_id, room=room_id)[room_id]


def _count(session: Session, *queries: Any, **values: int) -> Counter[int]:
    counts = Counter[int]()
    for query in queries:
        for room_id, count in session.connection().execute(query, values):
            counts[room_id] += count
    return counts
