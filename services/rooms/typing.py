"""Typing indicators. Nothing is stored."""

from sqlmodel import Session

from services.core import events
from services.core.dto import CurrentUser
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.rooms import access
from services.rooms.permissions import require_speaker


@rate_limited("presence")
async def publish(viewer: CurrentUser, room_id: int) -> None:
    """Show others in a room that the viewer is typing.

    Raises `NotFound` for non-members, `Forbidden` without permission to write, and `RateLimited`.
    """

    def check(session: Session) -> None:
        require_speaker(*access.require_member(session, viewer.user_id, room_id))

    await database.read(check)
    events.publish(
        events.Typing(room_id, viewer.user_id, viewer.username, viewer.display_name, viewer.blocked)
    )
