"""What a page shows when it comes up: the rooms one is in, and the messages of one of them."""

from dataclasses import dataclass

from sqlmodel import Session

from services.core.dto import CurrentUser
from services.db import database
from services.messages import messages
from services.rooms import rooms
from services.rooms.views import RoomView


@dataclass(frozen=True)
class Opening:
    """The rooms as `rooms.mine` has them, and the messages that a timeline begins with."""

    rooms: list[RoomView]
    messages: messages.MessageBatch | None
    """None without a room."""


async def read(viewer: CurrentUser, room_id: int | None = None, at: int = 0) -> Opening:
    """Return what a page shows that comes up in a room, at message `at` if that is not 0.

    It is read together, since to ask once more costs as much as most answers. Raises `NotFound`
    when one is not in the room or there is no such message.
    """

    def query(session: Session) -> Opening:
        listed = rooms.listed(session, viewer.user_id, room_id or 0)
        page = messages.begin(session, viewer, room_id, at) if room_id else None
        return Opening(listed, page)

    found = await database.read(query)
    return Opening(rooms.in_order(found.rooms, viewer), found.messages)
