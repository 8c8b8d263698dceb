"""The initial state of a page: what its sidebar lists, and the messages of a room."""

from msgspec import Struct
from msgspec.structs import replace
from sqlmodel import Session

from services.core.dto import CurrentUser
from services.db import database
from services.messages import history, scheduled
from services.rooms import invitations, room_queries, rooms
from services.rooms.views import RoomView


class Sidebar(Struct, frozen=True):
    """The rooms as `rooms.mine` returns them, and what else waits for its viewer."""

    rooms: list[RoomView]
    invitations: int
    """How many are open."""
    refused: int
    """How many scheduled messages could not be sent."""


class Opening(Struct, frozen=True):
    """The sidebar, and the first messages of the timeline."""

    sidebar: Sidebar
    messages: history.MessageBatch | None
    """None without a room."""


async def read(viewer: CurrentUser, room_id: int | None = None, at: int = 0) -> Opening:
    """Return the state of a page that opens in a room, at message `at` if that is not 0.

    One read fetches all: a second one would cost as much as most queries do. Raises `NotFound` for
    non-members and for a message that does not exist.
    """

    def query(session: Session) -> Opening:
        listed = _sidebar(session, viewer, room_id)
        batch = history.begin(session, viewer, room_id, at) if room_id else None
        return Opening(listed, batch)

    found = await database.read(query)
    return Opening(_in_order(found.sidebar, viewer), found.messages)


async def sidebar(viewer: CurrentUser, room_id: int | None = None) -> Sidebar:
    """Return what the sidebar of a page lists that shows a room."""
    found = await database.read(lambda session: _sidebar(session, viewer, room_id))
    return _in_order(found, viewer)


def _sidebar(session: Session, viewer: CurrentUser, room_id: int | None) -> Sidebar:
    listed = room_queries.listed(session, viewer.user_id, room_id or 0)
    return Sidebar(
        listed,
        invitations.count(session, viewer.user_id),
        scheduled.count_refused(session, viewer.user_id),
    )


def _in_order(found: Sidebar, viewer: CurrentUser) -> Sidebar:
    return replace(found, rooms=rooms.in_order(found.rooms, viewer))
