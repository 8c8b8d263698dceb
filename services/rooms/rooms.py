"""Rooms: making and finding them, and what of them somebody may see."""

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
from services.mentions import counts
from services.rooms import access, read_positions
from services.rooms.views import Excerpt, PublicRoom, RoomView

LOBBY = "Lobby"
MAX_FOUND = 50
"""How many rooms or people one look shows at the most."""
MAX_LISTED = 300
"""How many rooms a page lists and hears of: more would cost each page more than its messages."""


async def make_lobby() -> None:
    """Make the room everybody starts in, when there is no room at all."""

    def make(session: Session) -> None:
        if session.exec(select(Room.id).limit(1)).first() is None:
            session.add(Room(kind=RoomKind.PUBLIC, name=LOBBY, name_key=name_key(LOBBY)))

    await database.write(make)


@rate_limited("room")
async def create(viewer: CurrentUser, *, name: object, topic: object, private: object) -> int:
    """Make a room, as its owner; return its number.

    Raises `ServiceError` for a name or topic that will not do, `Conflict` when a public room of
    that name, or one that looks like it, exists.
    """
    sound, about = check_room_name(name), check_topic(topic)
    kind = RoomKind.PRIVATE if private else RoomKind.PUBLIC

    def add(session: Session) -> int:
        room = Room(kind=kind, name=sound, name_key=name_key(sound), topic=about)
        session.add(room)
        flush_name(session)
        session.add(Membership(room_id=room.id or 0, user_id=viewer.user_id, role=Role.OWNER))
        return room.id or 0

    room_id = await database.write(add)
    events.publish(events.MemberJoined(room_id, viewer.user_id))
    return room_id


async def mine(viewer: CurrentUser, current: int | None = None) -> list[RoomView]:
    """Return the rooms one is in, by name, the Lobby first.

    Who is in more than `MAX_LISTED` gets those that matter most: the `current` one, those
    with something unread, and those where something was said last.
    """
    views = await database.read(lambda session: listed(session, viewer.user_id, current or 0))
    return in_order(views, viewer)


def listed(session: Session, user_id: int, current: int = 0) -> list[RoomView]:
    """Return somebody's rooms as they are stored, those first that matter most."""
    return _views(session, _LISTED, member=user_id, current=current)


def in_order(views: Sequence[RoomView], viewer: CurrentUser) -> list[RoomView]:
    """Return somebody's rooms by name, the Lobby first, as what was just read leaves them."""
    read_on = [
        _read_on(room, at) if at else room
        for room in views
        for at in [read_positions.reached(viewer, room.room_id)]
    ]
    return sorted(read_on, key=lambda room: (room.name != LOBBY, room.title.casefold()))


def _read_on(room: RoomView, seq: int) -> RoomView:
    """Return how a room stands when `seq` has been read, which is stored soon."""
    marked = 0 if seq >= room.last_seq else room.unread_from
    return replace(room, last_read_seq=max(room.last_read_seq, seq), unread_from=marked)


@rate_limited("look")
async def all_mine(viewer: CurrentUser, words: object = "") -> list[RoomView]:
    """Return those of one's rooms whose name or topic holds `words`, by name.

    Raises `ServiceError` for words that no name can hold.
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
    """Return one room. Raises `NotFound` when one is not in it or it does not exist."""
    found = await database.read(
        lambda session: _views(session, _ONE_OF_MINE, member=viewer.user_id, room=room_id)
    )
    if not found:
        raise NotFound
    return found[0]


async def last(viewer: CurrentUser) -> int | None:
    """Return the room to open at first: the last one open, else the first there is."""

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


@rate_limited("look")
async def discover(viewer: CurrentUser, words: object = "") -> list[PublicRoom]:
    """Return public rooms whose name or topic holds `words`, the busiest first.

    Raises `ServiceError` for words that no name can hold.
    """
    sought = check_search_text(words)

    def query(session: Session) -> list[PublicRoom]:
        members = func.count(col(Membership.user_id))
        here = func.max(col(Membership.user_id) == viewer.user_id)
        found = session.exec(
            select(Room, members, here)
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
    """Return messages with what their rooms are called, but for those of rooms one is not in."""
    room_ids = list({message.room_id for message in messages})
    views = _views(session, _SOME_OF_MINE, member=viewer.user_id, rooms=room_ids)
    titles = {room.room_id: room.title for room in views}
    return [
        Excerpt(message, titles[message.room_id])
        for message in messages
        if message.room_id in titles
    ]


def titles(session: Session, viewer: CurrentUser, room_ids: Collection[int]) -> dict[int, str]:
    """Return what some of one's rooms are called: those of them one is in."""
    found = _views(session, _SOME_OF_MINE, member=viewer.user_id, rooms=list(room_ids))
    return {room.room_id: room.title for room in found}


def name_key(name: str) -> str:
    """Return what names share that differ in case alone, or look alike."""
    return skeleton(name.casefold())


def flush_name(session: Session) -> None:
    """Store a room with the name it has now. Raises `Conflict` when another has it."""
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(
            _("There is a public room of that name, or one that looks like it. Choose another.")
        ) from error


# Built once, and columns instead of objects: one's rooms are read at every opening.
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
    mentions = counts.unread(session, member) if unread else Counter[int]()
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
