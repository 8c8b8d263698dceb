"""The initial state of a page: what its sidebar lists, the messages of a room, and notices."""

from msgspec import Struct
from msgspec.structs import replace
from sqlmodel import Session

from services.accounts.security import security_notices
from services.core.dto import CurrentUser, NoticeView
from services.db import database
from services.messages import history
from services.messages.scheduling import scheduled
from services.rooms import room_queries, rooms
from services.rooms.members import invitations
from services.rooms.views import RoomView

NEWEST = "newest messages"
"""The name in the cache under which they are kept, by room."""
MAX_NEWEST = 20
"""Rooms of which they are kept: some 10 MB, should all be as large as batches may be."""


class Sidebar(Struct, frozen=True):
    """The rooms as `rooms.mine` returns them, and what else waits for its viewer."""

    rooms: list[RoomView]
    invitations: int
    """How many are open."""
    refused: int
    """How many scheduled messages could not be sent."""


class Opening(Struct, frozen=True):
    """The sidebar, the first messages of the timeline, and what its viewer was not told yet."""

    sidebar: Sidebar
    notices: list[NoticeView]
    messages: history.MessageBatch | None
    """None without a room."""


async def read(viewer: CurrentUser, room_id: int | None = None, at: int = 0) -> Opening:
    """Return the state of a page that opens in a room, at message `at` if that is not 0.

    One read fetches all: a second one would cost as much as most queries do. The newest messages
    of a room, which cost most, are read once for all who open it before anything is stored. Raises
    `NotFound` for non-members and for a message that does not exist.
    """
    newest: dict[int, history.MessageBatch] = database.cache().setdefault(NEWEST, {})

    def query(session: Session) -> Opening:
        listed = _sidebar(session, viewer, room_id)
        batch = None
        if room_id:
            batch = history.begin(session, viewer, room_id, at, newest.get(room_id))
        return Opening(listed, security_notices.missed(session, viewer), batch)

    found = await database.read(query)
    if room_id and found.messages and not (at or found.messages.rest):
        if len(newest) >= MAX_NEWEST:
            newest.clear()
        newest[room_id] = found.messages
    return replace(found, sidebar=_in_order(found.sidebar, viewer))


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
