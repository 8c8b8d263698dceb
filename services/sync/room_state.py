"""The state of rooms for apps: what a room is called, who is in it, and what it shows."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import bindparam
from sqlmodel import Session

from models import Membership, Message, Room, User
from models.base import table
from services.accounts.people import summary_columns
from services.db import database
from services.rooms.members.memberships import Member


class RoomState(Struct, frozen=True):
    """A room as it is now: the same for all its members."""

    room_id: int
    kind: str
    name: str
    topic: str
    is_announcement: bool
    is_archived: bool
    created_at: datetime
    encryption: str = ""
    """As `Room.encryption`."""
    members: tuple[Member, ...] = ()
    pins: tuple[int, ...] = ()
    """Ids of the pinned messages."""


_ROOMS, _MEMBERS = table(Room), table(Membership)
_USERS, _MESSAGES = table(User), table(Message)
_IN_THEM: Any = bindparam("rooms", expanding=True)
_STATE: Any = sqlalchemy.select(
    _ROOMS.c.id,
    _ROOMS.c.kind,
    _ROOMS.c.name,
    _ROOMS.c.topic,
    _ROOMS.c.is_announcement,
    _ROOMS.c.archived_at.is_not(None),
    _ROOMS.c.created_at,
    _ROOMS.c.encryption,
).where(_ROOMS.c.id.in_(_IN_THEM))
_PEOPLE: Any = (
    sqlalchemy.select(_MEMBERS.c.room_id, *summary_columns(_USERS), _MEMBERS.c.role)
    .join(_USERS, _USERS.c.id == _MEMBERS.c.user_id)
    .where(_MEMBERS.c.room_id.in_(_IN_THEM))
    .order_by(_MEMBERS.c.joined_at, _MEMBERS.c.user_id)
)
_SOME_PEOPLE = _PEOPLE.where(_USERS.c.id.in_(bindparam("people", expanding=True)))
_COUNTS: Any = (
    sqlalchemy.select(_MEMBERS.c.room_id, sqlalchemy.func.count())
    .where(_MEMBERS.c.room_id.in_(_IN_THEM))
    .group_by(_MEMBERS.c.room_id)
)
_PINS: Any = (
    sqlalchemy.select(_MESSAGES.c.room_id, _MESSAGES.c.id)
    .where(_MESSAGES.c.room_id.in_(_IN_THEM), _MESSAGES.c.pinned_at.is_not(None))
    .order_by(_MESSAGES.c.pinned_at)
)


async def shared(room_id: int) -> RoomState | None:
    """Return the state of a room as it is now, or None if there is none.

    Read once for all who ask until anything is stored. The caller has checked who may see it.
    """
    return await database.read_cached(
        ("room_state", room_id), lambda session: read(session, [room_id]).get(room_id)
    )


def members_among(
    session: Session, people: Mapping[int, Collection[int]]
) -> dict[int, list[Member]]:
    """Return, by room, those of some people who are its members, within a read.

    The caller has checked who may see it.
    """
    values = {"rooms": list(people), "people": list(set().union(*people.values()))}
    found: defaultdict[int, list[Member]] = defaultdict(list)
    for room_id, *columns in session.connection().execute(_SOME_PEOPLE, values):
        member = Member(*columns)
        if member.user_id in people[room_id]:
            found[room_id].append(member)
    return found


def read(session: Session, room_ids: Collection[int]) -> dict[int, RoomState]:
    """Return the state of rooms, within a read. The caller has checked who may see it."""
    values = {"rooms": list(room_ids)}
    connection = session.connection()
    members: defaultdict[int, list[Member]] = defaultdict(list)
    for room_id, *columns in connection.execute(_PEOPLE, values):
        members[room_id].append(Member(*columns))
    pins: defaultdict[int, list[int]] = defaultdict(list)
    for room_id, message_id in connection.execute(_PINS, values):
        pins[room_id].append(message_id)
    return {
        each.room_id: replace(
            each, members=tuple(members[each.room_id]), pins=tuple(pins[each.room_id])
        )
        for each in (RoomState(*row) for row in connection.execute(_STATE, values))
    }


async def count_members(room_ids: Collection[int]) -> dict[int, int]:
    """Return how many are in rooms. The caller has checked who may see it."""
    if not room_ids:
        return {}
    values = {"rooms": list(room_ids)}

    def query(session: Session) -> dict[int, int]:
        return {row[0]: row[1] for row in session.connection().execute(_COUNTS, values)}

    return await database.read(query)
