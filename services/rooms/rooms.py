"""Rooms: creating, listing and finding them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam, func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from models import Membership, Message, Role, Room, RoomKind, User
from services.accounts.name_rules import check_room_name, check_search_text, check_topic, skeleton
from services.core import events
from services.core.dto import CurrentUser, MessageView, UserSummary
from services.core.errors import Conflict, NotFound
from services.core.i18n import _
from services.core.rate_limited import rate_limited
from services.db import database
from services.rooms import access, read_positions, unread_mentions
from services.rooms.views import Excerpt, PublicRoom, RoomView

LOBBY = "Lobby"
MAX_FOUND = 50
"""Maximum number of public rooms that a search returns."""
MAX_LISTED = 300
"""Maximum number of rooms that a page lists and subscribes to: more would cost each page more than
its messages."""


async def make_lobby() -> None:
    """Create the room that every new user joins, if there is no room at all."""

    def create(session: Session) -> None:
        if session.exec(select(Room.id).limit(1)).first() is None:
            session.add(Room(kind=RoomKind.PUBLIC, name=LOBBY, name_key=name_key(LOBBY)))

    await database.write(create)


@rate_limited("room")
async def create(viewer: CurrentUser, *, name: object, topic: object, private: object) -> int:
    """Create a room owned by the viewer; return its id.

    Raises `ServiceError` for an invalid name or topic, `Conflict` if a public room has the same
    name or a similar-looking one.
    """
    new_name, new_topic = check_room_name(name), check_topic(topic)
    kind = RoomKind.PRIVATE if private else RoomKind.PUBLIC

    def add(session: Session) -> int:
        room = Room(kind=kind, name=new_name, name_key=name_key(new_name), topic=new_topic)
        session.add(room)
        flush_name(session)
        session.add(Membership(room_id=room.id or 0, user_id=viewer.user_id, role=Role.OWNER))
        return room.id or 0

    room_id = await database.write(add)
    events.publish(events.MemberJoined(room_id, viewer.user_id))
    return room_id


async def mine(viewer: CurrentUser, current: int | None = None) -> list[RoomView]:
    """Return the viewer's rooms by name, the Lobby first.

    Of more than `MAX_LISTED`, return the `current` one, those with unread messages, and those
    with the most recent messages.
    """
    views = await database.read(lambda session: listed(session, viewer.user_id, current or 0))
    return in_order(views, viewer)


def listed(session: Session, user_id: int, current: int = 0) -> list[RoomView]:
    """Return a user's rooms as stored, in the order of priority that `mine` describes."""
    return _views(session, _LISTED, member=user_id, current=current)


def in_order(views: Sequence[RoomView], viewer: CurrentUser) -> list[RoomView]:
    """Return rooms by name, the Lobby first, with read positions that are not written yet."""
    current = [
        _with_position(room, at) if at else room
        for room in views
        for at in [read_positions.reached(viewer, room.room_id)]
    ]
    return sorted(current, key=lambda room: (room.name != LOBBY, room.title.casefold()))


def _with_position(room: RoomView, seq: int) -> RoomView:
    """Return a room with the pending position `seq` applied."""
    marked = 0 if seq >= room.last_seq else room.unread_from
    return replace(room, last_read_seq=max(room.last_read_seq, seq), unread_from=marked)


@rate_limited("read")
async def all_mine(viewer: CurrentUser, words: object = "") -> list[RoomView]:
    """Return the viewer's rooms with `words` in the name or topic, by name.

    Direct messages are left out. Raises `ServiceError` for text that no name can contain.
    """
    sought = check_search_text(words)
    query = _MINE.where(
        col(Room.kind) != RoomKind.DIRECT,
        col(Room.name).icontains(sought, autoescape=True)
        | col(Room.topic).icontains(sought, autoescape=True),
    )
    in_order = query.order_by(col(Room.name_key), col(Room.id)).limit(MAX_LISTED)
    return await database.read(lambda session: _views(session, in_order, member=viewer.user_id))


async def get(viewer: CurrentUser, room_id: int) -> RoomView:
    """Return one of the viewer's rooms. Raises `NotFound` for any other."""
    found = await database.read(
        lambda session: _views(session, _ONE_OF_MINE, member=viewer.user_id, room=room_id)
    )
    if not found:
        raise NotFound
    return found[0]


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
        members = func.count(col(Membership.user_id))
        is_joined = func.max(col(Membership.user_id) == viewer.user_id)
        found = session.exec(
            select(Room, members, is_joined)
            .outerjoin(Membership, col(Membership.room_id) == Room.id)
            .where(Room.kind == RoomKind.PUBLIC)
            .where(
                col(Room.name).icontains(sought, autoescape=True)
                | col(Room.topic).icontains(sought, autoescape=True)
            )
            .group_by(col(Room.id))
            .order_by(col(Room.archived_at).is_not(None), members.desc(), col(Room.name))
            .limit(MAX_FOUND)
        ).all()
        return [
            PublicRoom(room.id or 0, room.name, room.topic, count, bool(joined), room.is_archived)
            for room, count, joined in found
        ]

    return await database.read(query)


def with_titles(
    session: Session, viewer: CurrentUser, messages: Sequence[MessageView]
) -> list[Excerpt]:
    """Return messages with their rooms' titles, without those in rooms the viewer is not in."""
    room_ids = list({message.room_id for message in messages})
    views = _views(session, _SOME_OF_MINE, member=viewer.user_id, rooms=room_ids)
    titles = {room.room_id: room.title for room in views}
    return [
        Excerpt(message, titles[message.room_id])
        for message in messages
        if message.room_id in titles
    ]


def titles(session: Session, viewer: CurrentUser, room_ids: Collection[int]) -> dict[int, str]:
    """Return the titles of those of `room_ids` that the viewer is in."""
    found = _views(session, _SOME_OF_MINE, member=viewer.user_id, rooms=list(room_ids))
    return {room.room_id: room.title for room in found}


def name_key(name: str) -> str:
    """Return a key that is equal for names that look alike or differ in case only."""
    return skeleton(name.casefold())


def flush_name(session: Session) -> None:
    """Flush a new or renamed room. Raises `Conflict` if another has that name."""
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(
            _("There is a public room of that name, or one that looks like it. Choose another.")
        ) from error


# Built once, with columns instead of objects: each page load reads the list of rooms.
_MINE = access.rooms_of(
    bindparam("member"),
    col(Room.id),
    col(Room.kind),
    col(Room.name),
    col(Room.topic),
    col(Room.last_seq),
    col(Membership.last_read_seq),
    col(Membership.role),
    col(User.last_room_id) == Room.id,
    col(Room.is_announcement),
    col(Room.archived_at).is_not(None),
    col(Membership.notify),
    col(Membership.unread_from),
).join(User, col(User.id) == Membership.user_id)
_LISTED = _MINE.order_by(
    col(Room.id) != bindparam("current"),
    col(Room.archived_at).is_not(None),
    (col(Room.last_seq) > col(Membership.last_read_seq)).desc(),
    sqlalchemy.select(col(Message.id))
    .where(col(Message.room_id) == Room.id, col(Message.seq) == Room.last_seq)
    .scalar_subquery()
    .desc(),
).limit(MAX_LISTED)
_ONE_OF_MINE = _MINE.where(col(Room.id) == bindparam("room"))
_SOME_OF_MINE = _MINE.where(col(Room.id).in_(bindparam("rooms", expanding=True)))


_OTHERS: Any = (
    sqlalchemy.select(
        col(Membership.room_id),
        col(User.id),
        col(User.username),
        col(User.display_name),
        col(User.hue),
    )
    .join(User, col(User.id) == Membership.user_id)
    .where(
        col(Membership.room_id).in_(bindparam("rooms", expanding=True)),
        col(Membership.user_id) != bindparam("member"),
    )
    .order_by(col(User.display_name))
)


def _views(session: Session, query: Any, *, member: int, **values: Any) -> list[RoomView]:
    connection = session.connection()
    found = [
        RoomView(*columns) for columns in connection.execute(query, {"member": member, **values})
    ]
    unread = any(room.unread for room in found)
    mentions = unread_mentions.count(session, member) if unread else Counter[int]()
    direct = [room.room_id for room in found if room.kind == RoomKind.DIRECT]
    people = defaultdict[int, list[UserSummary]](list)
    if direct:
        for room_id, *columns in connection.execute(_OTHERS, {"rooms": direct, "member": member}):
            people[room_id].append(UserSummary(*columns))
    return [
        replace(room, mentions=mentions[room.room_id], people=tuple(people[room.room_id]))
        if room.room_id in mentions or room.room_id in people
        else room
        for room in found
    ]
