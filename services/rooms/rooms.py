"""Rooms: creating, listing and finding them."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy
from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, func
from sqlmodel import Session, col, select

from models import Membership, Role, Room, RoomKind, User, Webhook
from services.accounts.names.name_rules import (
    check_room_name,
    check_search_text,
    check_topic,
    likeness,
)
from services.accounts.names.name_search import contains, indexed, words_of
from services.core import events
from services.core.dto import CurrentUser
from services.core.errors import NotFound
from services.core.limits.rate_limited import rate_limited
from services.db import database, portable
from services.db.prepared import Prepared
from services.rooms import access, room_names, room_queries
from services.rooms.encryption import check as check_encryption
from services.rooms.members import memberships
from services.rooms.reading import read_positions
from services.rooms.room_names import LOBBY
from services.rooms.room_queries import MAX_LISTED
from services.rooms.views import Crowd, PublicRoom, RoomView

MAX_FOUND = 50
"""Maximum number of public rooms that a search returns."""


async def make_lobby() -> None:
    """Create the room that every new user joins, if there is no room at all."""

    def create(session: Session) -> None:
        if session.exec(select(Room.id).limit(1)).first() is None:  # a command may have made it
            session.add(
                Room(
                    kind=RoomKind.PUBLIC,
                    name=LOBBY,
                    name_key=room_names.name_key(LOBBY),
                    name_likeness=likeness(LOBBY),
                    search_name=indexed(LOBBY),
                )
            )

    if not await database.is_any(Room):
        await database.write(create, uses_reserve=True)


@rate_limited("room")
async def create(
    viewer: CurrentUser, *, name: object, topic: object, private: object, encryption: object = None
) -> int:
    """Create a room owned by the viewer; return its id.

    With `encryption` (see `encryption.check`) it is encrypted from the beginning. Raises
    `ServiceError` for an invalid name or topic, `Conflict` if a public room has the same name or a
    similar-looking one.
    """
    new_name, new_topic = check_room_name(name), check_topic(topic)
    encrypted = "" if encryption is None else check_encryption(encryption)
    kind = RoomKind.PRIVATE if private else RoomKind.PUBLIC

    def add(session: Session) -> int:
        room = Room(kind=kind, name="", name_key="", encryption=encrypted)
        room_names.set_topic(room, new_topic)
        room_names.set_name(session, room, new_name)
        memberships.insert(session, room.id or 0, viewer.user_id, role=Role.OWNER)
        return room.id or 0

    room_id = await database.write(add)
    events.publish(events.MemberJoined(room_id, viewer.user_id))
    return room_id


async def mine(viewer: CurrentUser, current: int | None = None) -> list[RoomView]:
    """Return the viewer's rooms by name, the Lobby first.

    Of more than `MAX_LISTED`, return the `current` one, those with unread messages, and those
    with the most recent messages.
    """
    views = await database.read(
        lambda session: room_queries.listed(session, viewer.user_id, current or 0)
    )
    return in_order(views, viewer)


def in_order(views: Sequence[RoomView], viewer: CurrentUser) -> list[RoomView]:
    """Return rooms by name, the Lobby first, with read positions that are not written yet."""
    current = [
        _with_position(room, at) if at else room
        for room in views
        for at in [read_positions.reached(viewer, room.room_id)]
    ]
    return sorted(current, key=lambda room: (room.name != LOBBY, room.sort_key, room.room_id))


def _with_position(room: RoomView, seq: int) -> RoomView:
    """Return a room with the pending position `seq` applied, as it will be stored."""
    marked = 0 if seq >= room.last_seq else room.unread_from
    reached = max(room.last_read_seq, min(seq, room.last_seq))
    return replace(room, last_read_seq=reached, unread_from=marked)


@rate_limited("read")
async def all_mine(viewer: CurrentUser, words: object = "") -> list[RoomView]:
    """Return the viewer's rooms with `words` in the name or topic, by name.

    Direct messages are left out. Raises `ServiceError` for text that no name can contain.
    """
    sought = check_search_text(words)
    query = room_queries.MINE.where(
        col(Room.kind) != RoomKind.DIRECT, contains(room_queries.FOUND_BY, words_of(sought))
    )
    in_order = query.order_by(col(Room.sort_key), col(Room.id)).limit(MAX_LISTED)
    return await database.read(
        lambda session: room_queries.views(session, in_order, member=viewer.user_id)
    )


async def get(viewer: CurrentUser, room_id: int) -> RoomView:
    """Return one of the viewer's rooms. Raises `NotFound` for any other."""
    found = await database.read(lambda session: room_queries.one(session, viewer.user_id, room_id))
    if found is None:
        raise NotFound
    return found


async def crowd(room_id: int) -> Crowd:
    """Return the members of a room, for all its pages at once."""
    return await database.read(lambda session: room_queries.crowd(session, room_id))


async def members_among(room_id: int, user_ids: Collection[int]) -> set[int]:
    """Return which of these users are members of a room, as it is now."""
    return await database.look(lambda connection: members_now(connection, room_id, user_ids))


def members_now(connection: Connection, room_id: int, user_ids: Collection[int]) -> set[int]:
    """Return the same within `database.look`."""
    strangers = _STRANGERS.execute(connection, {"room": room_id, "users": user_ids})
    return set(user_ids) - {user_id for (user_id,) in strangers}


_USERS: Any = portable.numbers("users")
# Runs for each frame to a room: one index lookup for each, and only the strangers are returned.
_STRANGERS = Prepared(
    sqlalchemy.select(_USERS.c.value).where(
        ~sqlalchemy.exists().where(
            col(Membership.room_id) == bindparam("room"), col(Membership.user_id) == _USERS.c.value
        )
    )
)


async def visit(viewer: CurrentUser, room_id: int) -> RoomView | PublicRoom:
    """Return one of the viewer's rooms, or what everybody may know of a public one.

    Raises `NotFound` for any other, as for a room that does not exist.
    """

    def query(session: Session) -> RoomView | PublicRoom:
        if mine := room_queries.one(session, viewer.user_id, room_id):
            return mine
        room = access.require_public(session, room_id)
        return _public(room, room_queries.crowd(session, room_id).count, joined=False)

    return await database.read(query)


async def last(viewer: CurrentUser) -> int | None:
    """Return the id of the room to open at login: the one opened last, else the oldest."""

    def query(session: Session) -> int | None:
        room_ids = access.room_ids_of(viewer.user_id)
        user = session.get(User, viewer.user_id)
        if open_last := read_positions.opened(viewer) or (user and user.last_room_id):
            again = room_ids.where(col(Membership.room_id) == open_last)
            if room_id := session.connection().execute(again).scalar():
                return int(room_id)
        first: int | None = (
            session.connection().execute(room_ids.order_by(col(Membership.room_id))).scalar()
        )
        return first

    return await database.read(query)


@rate_limited("read")
async def discover(viewer: CurrentUser, words: object = "") -> list[PublicRoom]:
    """Return public rooms with `words` in the name or topic, those with most members first.

    Archived rooms come last. Raises `ServiceError` for text that no name can contain.
    """
    sought = check_search_text(words)

    def query(session: Session) -> list[PublicRoom]:
        bots = select(func.count()).where(col(Webhook.room_id) == Room.id).scalar_subquery()
        members = func.count(col(Membership.user_id)) - bots
        is_joined = portable.any_true(col(Membership.user_id) == viewer.user_id)
        found = session.exec(
            select(Room, members, is_joined)
            .outerjoin(Membership, col(Membership.room_id) == Room.id)
            .where(Room.kind == RoomKind.PUBLIC)
            .where(contains(room_queries.FOUND_BY, words_of(sought)))
            .group_by(col(Room.id))
            .order_by(col(Room.archived_at).is_not(None), members.desc(), col(Room.sort_key))
            .limit(MAX_FOUND)
        ).all()
        return [_public(room, count, joined=bool(joined)) for room, count, joined in found]

    return await database.read(query)


def _public(room: Room, members: int, *, joined: bool) -> PublicRoom:
    return PublicRoom(
        room.id or 0, room.name, room.topic, members, joined, room.is_archived, room.is_encrypted
    )
