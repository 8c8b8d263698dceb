"""Typists: who is writing something just now. Nothing of it is stored."""

from sqlmodel import Session

from services.core import events
from services.core.dto import CurrentUser
from services.core.rate_limited import rate_limited
from services.db import database
from services.rooms import access
from services.rooms.permissions import require_writer


@rate_limited("hint")
async def tell(viewer: CurrentUser, room_id: int) -> None:
    """Tell those who look at a room that one is writing there.

    Raises `NotFound` when one is not in the room, `Forbidden` when one may not write there,
    and `RateLimited`.
    """

    def check(session: Session) -> None:
        require_writer(*access.require_member(session, viewer.user_id, room_id))

    await database.read(check)
    events.publish(events.Typing(room_id, viewer.user_id, viewer.username, viewer.display_name))
