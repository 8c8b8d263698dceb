"""The audit log: what owners and moderators did in rooms, to whom, and why.

An entry is added in the same write as the action, and kept as long as the chat. Moderators see
the entries of their rooms, administrators see all. What concerns accounts is in the security log.
"""

from datetime import datetime
from typing import Any

import sqlalchemy
from msgspec import Struct
from sqlalchemy import bindparam
from sqlmodel import Session, col

from models import Action, AuditEntry, Room, User
from models.base import table
from services.accounts.admin import admins_only
from services.accounts.names.name_rules import check_reason
from services.accounts.people import summary_columns
from services.core.dto import CurrentUser, UserSummary
from services.core.limits.rate_limited import rate_limited
from services.db import database


class AuditView(Struct, frozen=True):
    """An entry of the audit log."""

    entry_id: int
    at: datetime
    action: str
    room_name: str
    message_seq: int | None
    reason: str
    actor: UserSummary
    person: UserSummary | None
    """The user it was done to, if any."""


PAGE_SIZE = 50
"""Entries per page."""
NEWEST = 2**53
"""An id above that of every entry."""


def record(
    session: Session,
    viewer: CurrentUser,
    action: Action,
    *,
    room: Room | None = None,
    person_id: int | None = None,
    message_seq: int | None = None,
    reason: object = "",
) -> None:
    """Add an entry within a write.

    Raises `ServiceError` for an invalid reason, which rolls the write back.
    """
    session.add(
        AuditEntry(
            actor_id=viewer.user_id,
            action=action,
            room_id=room.id if room else None,
            room_name=room.name if room else "",
            person_id=person_id,
            message_seq=message_seq,
            reason=check_reason(reason),
        )
    )


@admins_only
@rate_limited("read")
async def list_all(viewer: CurrentUser, before: int = NEWEST) -> list[AuditView]:
    """Return a page of all entries older than the one with the id `before`, newest first.

    Raises `Forbidden` for non-administrators.
    """
    return await database.read(lambda session: entries(session, before))


_ACTOR, _PERSON = table(User).alias(), table(User).alias()
_ALL: Any = (
    sqlalchemy.select(
        col(AuditEntry.id),
        col(AuditEntry.at),
        col(AuditEntry.action),
        col(AuditEntry.room_name),
        col(AuditEntry.message_seq),
        col(AuditEntry.reason),
        *summary_columns(_ACTOR),
        *summary_columns(_PERSON),
    )
    .join(_ACTOR, _ACTOR.c.id == AuditEntry.actor_id)
    .outerjoin(_PERSON, _PERSON.c.id == AuditEntry.person_id)
    .where(col(AuditEntry.id) < bindparam("before"))
    .order_by(col(AuditEntry.id).desc())
    .limit(PAGE_SIZE)
)
_IN_ROOM = _ALL.where(col(AuditEntry.room_id) == bindparam("room"))


def entries(session: Session, before: int, room_id: int | None = None) -> list[AuditView]:
    """Return a page of entries of one room or all, newest first. The caller checks permissions."""
    query = _ALL if room_id is None else _IN_ROOM
    rows = session.connection().execute(query, {"before": min(before, NEWEST), "room": room_id})
    return [
        AuditView(
            entry_id,
            at,
            action,
            room,
            seq,
            reason,
            UserSummary(*users[:5]),
            UserSummary(*users[5:]) if users[5] else None,
        )
        for entry_id, at, action, room, seq, reason, *users in rows
    ]
