"""Unread mentions: the SQL conditions, for one `:member`, and how many there are in each room."""

from collections import Counter
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam, case, func
from sqlmodel import Session, col, select

from models import Block, Membership, Mention, Message

NAMES_MEMBER: Any = col(Mention.user_id) == bindparam("member")
# Those who joined later are not mentioned by an earlier @room.
NAMES_ROOM: Any = col(Mention.user_id).is_(None) & (
    col(Message.created_at) >= col(Membership.joined_at)
)
BY_BLOCKED_AUTHOR: Any = (
    select(Block.blocked_id)
    .where(col(Block.user_id) == bindparam("member"), Block.blocked_id == Message.author_id)
    .exists()
)
READ_UP_TO: Any = case(
    (col(Membership.unread_from) > 0, col(Membership.unread_from) - 1),
    else_=col(Membership.last_read_seq),
)
IS_UNREAD: Any = col(Mention.seq) > READ_UP_TO

# Starts from the memberships: each room costs one index lookup where its unread messages begin,
# and one for each mention found there.
_COUNT_BY_ROOM: Any = (
    sqlalchemy.select(col(Membership.room_id), func.count())
    .join(Mention, (col(Mention.room_id) == Membership.room_id) & IS_UNREAD)
    .join(Message, col(Message.id) == Mention.message_id)
    .where(
        col(Membership.user_id) == bindparam("member"),
        col(Message.author_id) != bindparam("member"),
        ~BY_BLOCKED_AUTHOR,
    )
    .group_by(col(Membership.room_id))
)
_IN_ROOM = col(Membership.room_id) == bindparam("room")
_BY_NAME = _COUNT_BY_ROOM.where(NAMES_MEMBER)
_BY_GROUP = _COUNT_BY_ROOM.where(NAMES_ROOM)
_ALL = sqlalchemy.union_all(_BY_NAME, _BY_GROUP)
_ALL_IN_ROOM = sqlalchemy.union_all(_BY_NAME.where(_IN_ROOM), _BY_GROUP.where(_IN_ROOM))


def count(session: Session, user_id: int) -> Counter[int]:
    """Return the number of unread messages that mention a user or their whole room, by room id."""
    return _count(session, _ALL, member=user_id)


def count_in(session: Session, user_id: int, room_id: int) -> int:
    """Return the number of unread messages in one room that mention a user or the whole room."""
    return _count(session, _ALL_IN_ROOM, member=user_id, room=room_id)[room_id]


def _count(session: Session, query: Any, **values: int) -> Counter[int]:
    counts = Counter[int]()
    for room_id, number in session.connection().execute(query, values):
        counts[room_id] += number
    return counts
