"""The moderation log of a room."""

from sqlmodel import Session

from services.accounts.security import audit
from services.accounts.security.audit import AuditView
from services.core.dto import CurrentUser
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.rooms import access
from services.rooms.permissions import require_moderator


@rate_limited("read")
async def of_room(viewer: CurrentUser, room_id: int, before: int = audit.NEWEST) -> list[AuditView]:
    """Return a room's log entries with ids below `before`, newest first.

    Raises `NotFound` for non-members, `Forbidden` for anyone but moderators.
    """

    def query(session: Session) -> list[AuditView]:
        _room, membership = access.require_member(session, viewer.user_id, room_id)
        require_moderator(membership)
        return audit.entries(session, before, room_id)

    return await database.read(query)
