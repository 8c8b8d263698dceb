"""What apps store for the person who uses them: small JSON objects, each of a type."""

import json
from typing import Any

import sqlalchemy
from sqlmodel import Session, func, select

from models import AccountData
from models.base import table
from services.accounts import app_data
from services.core import events
from services.core.dto import CurrentUser
from services.core.errors import NotFound, ServiceError, TooLarge
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.rooms import access

MAX_TYPES = 100
"""Objects of one person, of all rooms together."""
MAX_BYTES = 16 * 1024
"""Of one object as JSON."""
MAX_TYPE = 255
"""Characters of a type."""


@rate_limited("account")
async def store(
    viewer: CurrentUser, kind: str, content: dict[str, Any], *, room_id: int = 0
) -> None:
    """Store an object of a type for the viewer, or, of a room, for them in that room.

    Raises `NotFound` for a room that they are not in, `TooLarge`, and `ServiceError` for too many.
    """
    text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    if len(text) > MAX_BYTES or len(kind) > MAX_TYPE or not kind.isprintable():
        raise TooLarge(_("What this app wants to store is too large."))

    def write(session: Session) -> None:
        if room_id:
            access.position(session, viewer, room_id)
        own = AccountData.user_id == viewer.user_id
        is_new = session.get(AccountData, (viewer.user_id, room_id, kind)) is None
        if is_new and session.exec(select(func.count()).where(own)).one() >= MAX_TYPES:
            raise ServiceError(_("Your apps have stored as much as they may."))
        app_data.put(session, viewer.user_id, kind, text, room_id=room_id)

    await database.write(write)
    events.publish(events.AccountDataChanged(viewer.user_id))


@rate_limited("read")
async def get(viewer: CurrentUser, kind: str, *, room_id: int = 0) -> dict[str, Any]:
    """Return such an object. Raises `NotFound` if there is none."""
    data = table(AccountData)

    def query(session: Session) -> str | None:
        if room_id:
            access.position(session, viewer, room_id)
        found: str | None = session.connection().scalar(
            sqlalchemy.select(data.c.content).where(
                data.c.user_id == viewer.user_id, data.c.room_id == room_id, data.c.type == kind
            )
        )
        return found

    text = await database.read(query)
    if text is None:
        raise NotFound
    content: dict[str, Any] = json.loads(text)
    return content
