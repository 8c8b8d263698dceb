"""The log of what those with power over others did with it: to whom, and why.

An entry is written within the write that does the thing, so that there is no one without
the other. A room's entries are for its moderators, all of them for administrators.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from models import Action, AuditEntry, Room, User
from services.accounts.admin import require_admin
from services.accounts.name_rules import check_reason
from services.core.dto import CurrentUser, UserSummary
from services.core.rate_limited import rate_limited
from services.db import database


@dataclass(frozen=True)
class AuditView:
    """What somebody did with the power they have over others, as moderators see it."""

    entry_id: int
    at: datetime
    action: str
    room_name: str
    message_seq: int | None
    reason: str
    actor: UserSummary
    person: UserSummary | None
    """Whom it was done to."""


PAGE_SIZE = 50
"""How many entries one look brings."""
NEWEST = 2**53
"""A number above that of every entry."""


def note(
    session: Session,
    viewer: CurrentUser,
    action: Action,
    *,
    room: Room | None = None,
    person_id: int | None = None,
    message_seq: int | None = None,
    reason: object = "",
) -> None:
    """Add an entry to the write that `session` is in. Raises `ServiceError` for a reason that
    will not do; then nothing of that write is stored.
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


@rate_limited("look")
async def everything(viewer: CurrentUser, before: int = NEWEST) -> list[AuditView]:
    """Return all that was done, the newest first, before the entry of that number.

    Raises `Forbidden` for others than administrators.
    """
    require_admin(viewer)
    return await database.read(lambda session: entries(session, before))


_ACTOR, _PERSON = aliased(User), aliased(User)
_PEOPLE: tuple[Any, ...] = tuple(
    column
    for user in (_ACTOR, _PERSON)
    for column in (user.id, user.username, user.display_name, user.hue)
)
_EVERYTHING: Any = (
    sqlalchemy.select(
        col(AuditEntry.id),
        col(AuditEntry.at),
        col(AuditEntry.action),
        col(AuditEntry.room_name),
        col(AuditEntry.message_seq),
        col(AuditEntry.reason),
        *_PEOPLE,
    )
    .join(_ACTOR, col(_ACTOR.id) == AuditEntry.actor_id)
    .outerjoin(_PERSON, col(_PERSON.id) == AuditEntry.person_id)
    .where(col(AuditEntry.id) < bindparam("before"))
    .order_by(col(AuditEntry.id).desc())
    .limit(PAGE_SIZE)
)
_OF_ROOM = _EVERYTHING.where(col(AuditEntry.room_id) == bindparam("room"))


def entries(session: Session, before: int, room_id: int | None = None) -> list[AuditView]:
    """Return entries, the newest first: of all rooms, or of one. The caller checks who asks."""
    query = _EVERYTHING if room_id is None else _OF_ROOM
    found = session.connection().execute(query, {"before": min(before, NEWEST), "room": room_id})
    return [
        AuditView(
            number,
            at,
            action,
            room,
            seq,
            reason,
            UserSummary(*who[:4]),
            UserSummary(*who[4:]) if who[4] else None,
        )
        for number, at, action, room, seq, reason, *who in found
    ]
