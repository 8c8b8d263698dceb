"""The history of one room for apps, in slices, and its state."""

from collections.abc import Callable, Collection, Mapping, Sequence

import sqlalchemy
from sqlmodel import Session

from models import RoomEvent
from models.base import table
from services.core import app_context
from services.core.dto import CurrentUser
from services.core.errors import NotFound
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.rooms import access
from services.rooms.members.memberships import Member
from services.sync import items, room_state
from services.sync.items import EVERYTHING, Slice
from services.sync.news import MEMBER_SIZE
from services.sync.positions import Position
from services.sync.room_state import RoomState
from services.sync.sync import MAX_TIMELINE


@rate_limited("history")
async def before(viewer: CurrentUser, room_id: int, position: Position, most: int) -> Slice:
    """Return the last `most` items of a room before a position. Raises `NotFound` outside."""

    def query(session: Session) -> Slice:
        access.position(session, viewer, room_id)
        return items.newest(session, room_id, Position(), position, _bounded(most))

    return await _counted(viewer, query)


@rate_limited("history")
async def after(viewer: CurrentUser, room_id: int, position: Position, most: int) -> Slice:
    """Return the first `most` items of a room after a position. Raises `NotFound` outside."""

    def query(session: Session) -> Slice:
        access.position(session, viewer, room_id)
        return items.following(session, room_id, position, EVERYTHING, _bounded(most))

    return await _counted(viewer, query)


async def event_before(viewer: CurrentUser, room_id: int, message_id: int) -> int:
    """Return the id of the last other event of a room before a message; 0 without one."""
    events = table(RoomEvent)

    def query(session: Session) -> int:
        access.position(session, viewer, room_id)
        found = session.connection().scalar(
            sqlalchemy.select(sqlalchemy.func.max(events.c.id)).where(
                events.c.room_id == room_id, events.c.after_id < message_id
            )
        )
        return found or 0

    return await database.read(query)


@rate_limited("read")
async def state(viewer: CurrentUser, room_id: int) -> RoomState:
    """Return the state of one of the viewer's rooms. Raises `NotFound` for any other."""

    return await _state(viewer, room_id)


@rate_limited("page")
async def whole_state(viewer: CurrentUser, room_id: int) -> RoomState:
    """Return the same for an answer that tells all of it: it counts as the opening of a page."""
    loading = app_context.current().rate_limits.loading
    loading.require(viewer.user_id)
    found = await _state(viewer, room_id)
    loading.spend(viewer.user_id, MEMBER_SIZE * len(found.members))
    return found


async def _state(viewer: CurrentUser, room_id: int) -> RoomState:
    await database.read(lambda session: access.position(session, viewer, room_id))
    found = await room_state.shared(room_id)
    if found is None:  # deleted since
        raise NotFound
    return found


async def members_among(
    viewer: CurrentUser, people: Mapping[int, Collection[int]]
) -> Mapping[int, Sequence[Member]]:
    """Return, by room, those of some people who are its members, of rooms of the viewer."""

    def query(session: Session) -> Mapping[int, Sequence[Member]]:
        found = session.connection().execute(access.room_ids_of(viewer.user_id))
        mine = {room_id: people[room_id] for (room_id,) in found if room_id in people}
        return room_state.members_among(session, mine)

    return await database.read(query)


@rate_limited("read")
async def room_ids(viewer: CurrentUser) -> list[int]:
    """Return the ids of the viewer's rooms."""

    def query(session: Session) -> list[int]:
        found = session.connection().execute(access.room_ids_of(viewer.user_id))
        return sorted(room_id for (room_id,) in found)

    return await database.read(query)


async def _counted(viewer: CurrentUser, query: Callable[[Session], Slice]) -> Slice:
    """Return a slice, and count how large it is. Raises `RateLimited` after too much."""
    loading = app_context.current().rate_limits.loading
    loading.require(viewer.user_id)
    found = await database.read(query)
    loading.spend(viewer.user_id, found.size)
    return found


def _bounded(most: int) -> int:
    return max(1, min(most, MAX_TIMELINE))
