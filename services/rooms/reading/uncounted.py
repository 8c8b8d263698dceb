"""Unread messages that count for nothing: deleted ones, edits, and those of blocked people.

Edits are messages in encrypted rooms alone.

What is unread is the difference of two positions, so that a message that is sent counts for all its
readers without a write for each. It is these few that are looked for and taken off again.
"""

from collections import defaultdict
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from models import Block, Membership, Message, MessageKind, Room
from services.rooms.reading.unread_mentions import READ_UP_TO

MAX_LISTED = 2000
"""How many are looked up for one reader; should there be more, the others count."""
MAX_SCANNED = 300
"""Messages of a room among which those of blocked people are looked for: the newest."""

_BLOCKED: Any = select(Block.blocked_id).where(col(Block.user_id) == bindparam("member"))
_UNREAD: Any = (
    sqlalchemy.select(col(Membership.room_id), col(Message.seq))
    .join(Room, col(Room.id) == Membership.room_id)
    .join(
        Message,
        (col(Message.room_id) == Membership.room_id) & (col(Message.seq) > READ_UP_TO),
    )
    .where(col(Membership.user_id) == bindparam("member"), col(Room.last_seq) > READ_UP_TO)
)
_DELETED = _UNREAD.where(col(Message.deleted_at).is_not(None))
_EDITS = _UNREAD.where(
    sqlalchemy.literal_column("messages.kind = 'encrypted_edit'"),  # as the index says it
    col(Message.deleted_at).is_(None),
)
_BY_BLOCKED = _UNREAD.where(
    _BLOCKED.exists(),  # else no message is looked at
    col(Message.seq) > col(Room.last_seq) - MAX_SCANNED,
    col(Message.author_id).in_(_BLOCKED),
    col(Message.kind) != MessageKind.ENCRYPTED_EDIT,
    col(Message.deleted_at).is_(None),
)
_IN_ROOM = col(Membership.room_id) == bindparam("room")
_EACH = (_DELETED, _EDITS, _BY_BLOCKED)
_ALL = sqlalchemy.union_all(*_EACH).limit(MAX_LISTED)
_ALL_IN_ROOM = sqlalchemy.union_all(*(each.where(_IN_ROOM) for each in _EACH)).limit(MAX_LISTED)


def of(session: Session, user_id: int) -> dict[int, tuple[int, ...]]:
    """Return the `seq` of a user's unread messages that do not count, by room id."""
    return _by_room(session, _ALL, member=user_id)


def in_room(session: Session, user_id: int, room_id: int) -> tuple[int, ...]:
    """Return the `seq` of a user's unread messages in one room that do not count."""
    return _by_room(session, _ALL_IN_ROOM, member=user_id, room=room_id).get(room_id, ())


def _by_room(session: Session, query: Any, **values: int) -> dict[int, tuple[int, ...]]:
    found = defaultdict[int, list[int]](list)
    for room_id, seq in session.connection().execute(query, values):
        found[room_id].append(seq)
    return {room_id: tuple(seqs) for room_id, seqs in found.items()}
