"""Typists: who is writing something just now. Nothing of it is stored."""

from sqlmodel import Session

from services.core import app_context, events
from services.core.dto import CurrentUser
from services.db import database
from services.rooms import access
from services.rooms.permissions import require_writer


async def tell(viewer: CurrentUser, room_id: int) -> None:
    """Tell those who look at a room that one is writing there.

    Raises `NotFound` when one is not in the room, `Forbidden` when one may not write there,
    and `RateLimited`.
    """
    app_context.current().rate_limits.hint.consume(viewer.user_id)

    def check(session: Session) -> None:
        require_writer(*access.require_member(session, viewer.user_id, room_id))

    await database.read(check)
    events.publish(events.Typing(room_id, viewer.user_id, viewer.username, viewer.display_name))
