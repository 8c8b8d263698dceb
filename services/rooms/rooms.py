"""Rooms: creating, listing and finding them."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy
from msgspec.structs import replace
from sqlalchemy import bindparam, func
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from models import (
    Attachment,
    Membership,
    Message,
    Role,
    Room,
    RoomInvitation,
    RoomKind,
    ScheduledMessage,
    User,
)
from services.accounts.name_rules import (
    check_room_name,
    check_search_text,
    check_topic,
    likeness,
    looks_like,
    skeleton,
)
from services.accounts.name_search import contains, indexed, words_of
from services.accounts.people import SUMMARY_COLUMNS
from services.core import events
from services.core.collation import sort_key
from services.core.dto import CurrentUser, MessageView, UserSummary
from services.core.errors import Conflict, NotFound
from services.core.i18n import _
from services.core.rate_limited import rate_limited
from services.db import database
from services.rooms import access, read_positions, uncounted, unread_mentions
from services.rooms.views import Crowd, Excerpt, LastMessage, PublicRoom, RoomView

LOBBY = "Lobby"
LOBBY_ID: Any = sqlalchemy.select(func.min(col(aliased(Room).id))).scalar_subquery()
"""The Lobby's id, as SQL: it is the first room, whatever it is called by now."""
MAX_FOUND = 50
"""Maximum number of public rooms that a search returns."""
MAX_FACES = 3
"""Maximum number of members whose faces are beside the name of a room."""
SUMMARISED, SUMMARISED_HTML = 400, 1200
"""Characters of a message from which the line in the list of rooms is made."""
MAX_LISTED = 300
"""Maximum number of rooms that a page lists and subscribes to: more would cost each page more than
its messages."""


async def make_lobby() -> None:
    """Create the room that every new user joins, if there is no room at all."""

    def create(session: Session) -> None:
        if session.exec(select(Room.id).limit(1)).first() is None:
            session.add(
                Room(
                    kind=RoomKind.PUBLIC,
                    name=LOBBY,
                    name_key=name_key(LOBBY),
                    name_likeness=likeness(LOBBY),
                    search_name=indexed(LOBBY),
                )
            )

    await database.write(create, uses_reserve=True)


@rate_limited("room")
async def create(viewer: CurrentUser, *, name: object, topic: object, private: object) -> int:
    """Create a room owned by the viewer; return its id.

    Raises `ServiceError` for an invalid name or topic, `Conflict` if a public room has the same
    name or a similar-looking one.
    """
    new_name, new_topic = check_room_name(name), check_topic(topic)
    kind = RoomKind.PRIVATE if private else RoomKind.PUBLIC

    def add(session: Session) -> int:
        room = Room(kind=kind, name="", name_key="")
        set_topic(room, new_topic)
        set_name(session, room, new_name)
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
    rows = session.connection().execute(_LISTED, {"member": user_id, "current": current})
    found = [_with_last(RoomView(*row[:_LISTED_COLUMNS]), *row[_LISTED_COLUMNS:]) for row in rows]
    return _with_people(session, found, user_id)


def _with_last(room: RoomView, seq: int | None, *columns: Any) -> RoomView:
    if seq is None:
        return room
    author, (kind, text, html, *others) = UserSummary(*columns[:5]), columns[5:]
    return replace(room, last=LastMessage(seq, author, kind, text, html, *others))


def in_order(views: Sequence[RoomView], viewer: CurrentUser) -> list[RoomView]:
    """Return rooms by name, the Lobby first, with read positions that are not written yet."""
    current = [
        _with_position(room, at) if at else room
        for room in views
        for at in [read_positions.reached(viewer, room.room_id)]
    ]
    return sorted(current, key=lambda room: (room.name != LOBBY, room.sort_key, room.room_id))


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
    query = _MINE.where(col(Room.kind) != RoomKind.DIRECT, contains(_FOUND_BY, words_of(sought)))
    in_order = query.order_by(col(Room.sort_key), col(Room.id)).limit(MAX_LISTED)
    return await database.read(lambda session: _views(session, in_order, member=viewer.user_id))


async def get(viewer: CurrentUser, room_id: int) -> RoomView:
    """Return one of the viewer's rooms. Raises `NotFound` for any other."""
    found = await database.read(lambda session: _one(session, viewer.user_id, room_id))
    if found is None:
        raise NotFound
    return found


async def crowd(room_id: int) -> Crowd:
    """Return the members of a room, for all its pages at once."""
    query = sqlalchemy.select(*_MEMBERS)
    return await database.read(
        lambda session: _crowd(*session.connection().execute(query, {"room": room_id}).one())
    )


async def visit(viewer: CurrentUser, room_id: int) -> RoomView | PublicRoom:
    """Return one of the viewer's rooms, or what everybody may know of a public one.

    Raises `NotFound` for any other, as for a room that does not exist.
    """

    def query(session: Session) -> RoomView | PublicRoom:
        if mine := _one(session, viewer.user_id, room_id):
            return mine
        room = access.require_public(session, room_id)
        members = select(func.count()).where(col(Membership.room_id) == room_id)
        return _public(room, session.exec(members).one(), joined=False)

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
        members = func.count(col(Membership.user_id))
        is_joined = func.max(col(Membership.user_id) == viewer.user_id)
        found = session.exec(
            select(Room, members, is_joined)
            .outerjoin(Membership, col(Membership.room_id) == Room.id)
            .where(Room.kind == RoomKind.PUBLIC)
            .where(contains(_FOUND_BY, words_of(sought)))
            .group_by(col(Room.id))
            .order_by(col(Room.archived_at).is_not(None), members.desc(), col(Room.sort_key))
            .limit(MAX_FOUND)
        ).all()
        return [_public(room, count, joined=bool(joined)) for room, count, joined in found]

    return await database.read(query)


def _public(room: Room, members: int, *, joined: bool) -> PublicRoom:
    return PublicRoom(room.id or 0, room.name, room.topic, members, joined, room.is_archived)


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


def set_name(session: Session, room: Room, name: str) -> None:
    """Give a new or renamed room its name, and flush it.

    Raises `Conflict` if it is, or looks like, that of the Lobby or of another public room. Private
    rooms may share a name with each other only: whoever creates one cannot know of the others.
    """
    key = likeness(name)
    public = select(Room).where(
        Room.name_likeness == key, Room.kind == RoomKind.PUBLIC, Room.id != room.id
    )
    lobby_id = session.scalar(sqlalchemy.select(LOBBY_ID))
    others = [other.name for other in session.exec(public)]
    if room.id != lobby_id or room.id is None:
        others.append(LOBBY)
    if any(looks_like(name, other) for other in others):
        raise _taken()
    room.name, room.name_key, room.name_likeness = name, name_key(name), key
    room.search_name, room.sort_key = indexed(name), sort_key(name)
    session.add(room)
    try:
        session.flush()
    except IntegrityError as error:
        raise _taken() from error


def set_topic(room: Room, topic: str) -> None:
    """Give a room its topic."""
    room.topic, room.search_topic = topic, indexed(topic)


async def fill_names() -> None:
    """Complete what belongs to the names of rooms that an earlier version created."""
    unfilled = select(Room).where(
        (Room.name_likeness == "") | (Room.search_name == ""), Room.name != ""
    )

    def complete(session: Session) -> None:
        for room in session.exec(unfilled):
            room.name_likeness = likeness(room.name)
            room.search_name = indexed(room.name)
            room.sort_key = b"" if room.name == LOBBY else sort_key(room.name)
            set_topic(room, room.topic)
            session.add(room)

    if await database.read(lambda session: session.exec(unfilled.limit(1)).first()):
        await database.write(complete, uses_reserve=True)


def name_key(name: str) -> str:
    """Return a key that is equal for names that look alike or differ in case only."""
    return skeleton(name.casefold())


def _taken() -> Conflict:
    return Conflict(
        _("A public room already has this or a very similar name. Choose another."), about="name"
    )


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
    col(Room.id) == LOBBY_ID,
    col(Membership.is_favourite),
    col(Room.people_key),
    col(Room.sort_key),
).join(User, col(User.id) == Membership.user_id)
_FOUND_BY = (col(Room.search_name), col(Room.search_topic))
_Author = aliased(User)
_LISTED = (
    _MINE.add_columns(
        col(Message.seq),
        col(_Author.id),
        col(_Author.username),
        col(_Author.display_name),
        col(_Author.hue),
        col(_Author.avatar),
        col(Message.kind),
        func.substr(col(Message.text), 1, SUMMARISED),
        func.substr(col(Message.html), 1, SUMMARISED_HTML),
        col(Message.created_at),
        col(Message.deleted_at).is_not(None),
        col(Attachment.kind),
        col(Attachment.name),
    )
    .outerjoin(
        Message, (col(Message.room_id) == Room.id) & (col(Message.seq) == col(Room.last_seq))
    )
    .outerjoin(_Author, col(_Author.id) == Message.author_id)
    .outerjoin(Attachment, col(Attachment.message_id) == Message.id)
    .order_by(
        col(Room.id) != bindparam("current"),
        col(Room.archived_at).is_not(None),
        (col(Room.last_seq) > col(Membership.last_read_seq)).desc(),
        col(Message.id).desc(),
    )
    .limit(MAX_LISTED)
)
_LISTED_COLUMNS = len(_MINE.selected_columns)
_COUNTED: Any = aliased(Membership)
_IN_ROOM = col(Membership.room_id) == bindparam("room")
_FACES: Any = (
    sqlalchemy.select(*SUMMARY_COLUMNS)
    .join(Membership, col(Membership.user_id) == User.id)
    .where(_IN_ROOM)
    .order_by(col(Membership.user_id))
    .limit(MAX_FACES)
    .subquery()
)
_MEMBERS: Any = (
    sqlalchemy.select(func.count()).where(_COUNTED.room_id == bindparam("room")).scalar_subquery(),
    sqlalchemy.select(func.json_group_array(func.json_array(*_FACES.c))).scalar_subquery(),
)
_SCHEDULED: Any = (
    sqlalchemy.select(func.count())
    .where(
        col(ScheduledMessage.user_id) == bindparam("member"),
        col(ScheduledMessage.room_id) == bindparam("room"),
        col(ScheduledMessage.refusal) == "",
    )
    .scalar_subquery()
)
# In one statement: another would cost each page that opens as much as this one.
_ONE_OF_MINE = _MINE.where(col(Room.id) == bindparam("room")).add_columns(*_MEMBERS, _SCHEDULED)
_SOME_OF_MINE = _MINE.where(col(Room.id).in_(bindparam("rooms", expanding=True)))


def _people_in(table: Any) -> Any:
    return sqlalchemy.select(table.room_id, table.user_id).where(
        table.room_id.in_(bindparam("rooms", expanding=True))
    )


# Those who are invited belong to the set of people of a conversation, too; also those who have
# declined, of which the title must not tell.
_IN_THEM = sqlalchemy.union(_people_in(Membership), _people_in(RoomInvitation)).subquery()
_OTHERS: Any = (
    sqlalchemy.select(
        _IN_THEM.c.room_id,
        col(User.sort_key),
        *SUMMARY_COLUMNS,
    )
    .join(_IN_THEM, col(User.id) == _IN_THEM.c.user_id)
    .where(col(User.id) != bindparam("member"))
    .order_by(col(User.sort_key), col(User.id))
)


def _one(session: Session, user_id: int, room_id: int) -> RoomView | None:
    """Return one of a user's rooms, with how many members it has and some of them."""
    values = {"member": user_id, "room": room_id}
    row = session.connection().execute(_ONE_OF_MINE, values).first()
    if row is None:
        return None
    *columns, count, faces, scheduled = row
    (room,) = _with_people(session, [RoomView(*columns)], user_id)
    return replace(room, crowd=_crowd(count, faces), scheduled=scheduled)


def _crowd(count: int, faces: str) -> Crowd:
    return Crowd(count, tuple(UserSummary(*each) for each in json.loads(faces)))


def _views(session: Session, query: Any, *, member: int, **values: Any) -> list[RoomView]:
    found = session.connection().execute(query, {"member": member, **values})
    return _with_people(session, [RoomView(*columns) for columns in found], member)


def _with_people(session: Session, found: list[RoomView], member: int) -> list[RoomView]:
    """Return rooms with what is unread in them, and the people of direct messages."""
    connection = session.connection()
    unread = any(room.unread for room in found)
    mentions = unread_mentions.count(session, member) if unread else Counter[int]()
    skipped = uncounted.of(session, member) if unread else {}
    direct = [room.room_id for room in found if room.kind == RoomKind.DIRECT]
    people = defaultdict[int, list[UserSummary]](list)
    keys = defaultdict[int, bytes](bytes)  # of their titles, which are their people
    if direct:
        others = connection.execute(_OTHERS, {"rooms": direct, "member": member})
        for room_id, key, *columns in others:
            people[room_id].append(UserSummary(*columns))
            keys[room_id] += key
    return [
        replace(
            room,
            mentions=mentions[room.room_id],
            people=tuple(people[room.room_id]),
            uncounted=skipped.get(room.room_id, ()),
            sort_key=room.sort_key or keys[room.room_id],
        )
        if room.room_id in mentions or room.room_id in people or room.room_id in skipped
        else room
        for room in found
    ]
