"""Recording what happens in rooms besides messages: `services/sync` tells apps of it.

Each verb records it within its own write, so that both are stored or neither is.
"""

from typing import Any

import sqlalchemy
from sqlalchemy import bindparam, func
from sqlmodel import Session

from models import Membership, Message, RoomEvent, RoomEventKind
from models.base import table
from models.clock import now

_EVENTS, _MESSAGES, _MEMBERS = table(RoomEvent), table(Message), table(Membership)
_AFTER = func.coalesce(sqlalchemy.select(func.max(_MESSAGES.c.id)).scalar_subquery(), 0)
_GIVEN = ("room_id", "kind", "user_id", "message_id", "person_id", "content", "created_at")
_INSERT = _EVENTS.insert().values({name: bindparam(name) for name in _GIVEN} | {"after_id": _AFTER})


def record(
    session: Session,
    room_id: int,
    kind: RoomEventKind,
    user_id: int,
    *,
    message_id: int | None = None,
    person_id: int | None = None,
    content: dict[str, Any] | None = None,
) -> None:
    """Record, within a write, what `user_id` has done in a room."""
    session.flush()  # what it refers to may not be stored yet
    values = {
        "room_id": room_id,
        "kind": kind,
        "user_id": user_id,
        "message_id": message_id,
        "person_id": person_id,
        "content": content,
        "created_at": now(),
    }
    session.connection().execute(_INSERT, values)


def record_removal_of_all(session: Session, room_id: int, user_id: int) -> None:
    """Record, within a write, that `user_id` removes everybody from a room: it is deleted.

    What it was called before is erased.

    Call it before the memberships are deleted.
    """
    names = ("room_id", "after_id", "kind", "user_id", "person_id", "created_at")
    at = sqlalchemy.literal(now(), _EVENTS.c.created_at.type)
    removed = sqlalchemy.select(
        _MEMBERS.c.room_id,
        _AFTER,
        sqlalchemy.literal(RoomEventKind.REMOVAL.value),
        sqlalchemy.literal(user_id),
        _MEMBERS.c.user_id,
        at,
    ).where(_MEMBERS.c.room_id == room_id)
    session.connection().execute(_EVENTS.insert().from_select(names, removed))
    named = _EVENTS.c.kind.in_([RoomEventKind.NAME, RoomEventKind.TOPIC])
    _erase(session, (_EVENTS.c.room_id == room_id) & named)


def remove_reaction(
    session: Session, room_id: int, user_id: int, message_id: int, emoji: str
) -> None:
    """Record, within a write, that a person takes their reaction back; erase what it said."""
    reaction = _reaction(session, user_id, message_id, emoji)
    if reaction is None:
        return
    _erase(session, _EVENTS.c.id == reaction)
    record(
        session,
        room_id,
        RoomEventKind.REACTION_REMOVED,
        user_id,
        message_id=message_id,
        content={"event": reaction},
    )


def erase_of_message(session: Session, room_id: int, user_id: int, message_id: int) -> None:
    """Record, within a write, that a message is deleted; erase what reactions to it said."""
    record(session, room_id, RoomEventKind.DELETION, user_id, message_id=message_id)
    _erase(
        session,
        (_EVENTS.c.message_id == message_id) & (_EVENTS.c.kind == RoomEventKind.REACTION),
    )


def _reaction(session: Session, user_id: int, message_id: int, emoji: str) -> int | None:
    found = session.connection().execute(
        sqlalchemy.select(_EVENTS.c.id, _EVENTS.c.content).where(
            _EVENTS.c.message_id == message_id,
            _EVENTS.c.user_id == user_id,
            _EVENTS.c.kind == RoomEventKind.REACTION,
        )
    )
    ids = [number for number, content in found if content and content.get("emoji") == emoji]
    return max(ids, default=None)


def _erase(session: Session, which: Any) -> None:
    session.connection().execute(_EVENTS.update().where(which).values(content=None))
