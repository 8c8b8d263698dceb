"""The initial state of a page: the viewer's rooms, and the messages of one of them."""

from dataclasses import dataclass

from sqlmodel import Session

from services.core.dto import CurrentUser
from services.db import database
from services.messages import history
from services.rooms import rooms
from services.rooms.views import RoomView


@dataclass(frozen=True)
class Opening:
    """The rooms as `rooms.mine` returns them, and the first messages of the timeline."""

    rooms: list[RoomView]
    messages: history.MessageBatch | None
    """None without a room."""


async def read(viewer: CurrentUser, room_id: int | None = None, at: int = 0) -> Opening:
    """Return the state of a page that opens in a room, at message `at` if that is not 0.

    One read fetches all: a second one would cost as much as most queries do. Raises `NotFound` for
    non-members and for a message that does not exist.
    """

    def query(session: Session) -> Opening:
        listed = rooms.listed(session, viewer.user_id, room_id or 0)
        batch = history.begin(session, viewer, room_id, at) if room_id else None
        return Opening(listed, batch)

    found = await database.read(query)
    return Opening(rooms.in_order(found.rooms, viewer), found.messages)
