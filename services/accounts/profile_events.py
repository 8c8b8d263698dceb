"""Recording in somebody's rooms that they are shown otherwise: `services/sync` tells apps of it.

As with other events of rooms (`services/rooms/room_events.py`), it is within the same write.
"""

from typing import Any

import sqlalchemy
from sqlalchemy import func
from sqlmodel import Session

from models import Membership, Message, RoomEvent, RoomEventKind
from models.base import table
from models.clock import now

_EVENTS, _MESSAGES, _MEMBERS = table(RoomEvent), table(Message), table(Membership)
_AFTER: Any = func.coalesce(sqlalchemy.select(func.max(_MESSAGES.c.id)).scalar_subquery(), 0)
_GIVEN = ("room_id", "after_id", "kind", "user_id", "person_id", "created_at")


def record(session: Session, user_id: int) -> None:
    """Record, within a write, that a person has another name or picture, in all of their rooms."""
    session.flush()
    rooms = sqlalchemy.select(
        _MEMBERS.c.room_id,
        _AFTER,
        sqlalchemy.literal(RoomEventKind.PROFILE.value),
        _MEMBERS.c.user_id,
        _MEMBERS.c.user_id,
        sqlalchemy.literal(now(), _EVENTS.c.created_at.type),
    ).where(_MEMBERS.c.user_id == user_id)
    session.connection().execute(_EVENTS.insert().from_select(_GIVEN, rooms))
