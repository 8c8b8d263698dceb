"""Statements for the lists of rooms, and what makes views of their rows."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy
from msgspec.structs import replace
from sqlalchemy import bindparam, func
from sqlmodel import Session, col

from models import (
    Attachment,
    Membership,
    Message,
    Room,
    RoomInvitation,
    RoomKind,
    ScheduledMessage,
    User,
    Webhook,
)
from models.base import table
from services.accounts import bots
from services.accounts.people import SUMMARY_COLUMNS, summary_columns
from services.core.dto import CurrentUser, MessageView, UserSummary
from services.db import portable
from services.rooms import access
from services.rooms.reading import uncounted, unread_mentions
from services.rooms.room_names import LOBBY_ID
from services.rooms.views import Crowd, Excerpt, LastMessage, RoomView

MAX_FACES = 3
"""Maximum number of members whose faces are beside the name of a room."""
SUMMARISED, SUMMARISED_HTML = 400, 1200
"""Characters of a message from which the line in the list of rooms is made."""
MAX_LISTED = 300
"""Maximum number of rooms that a page lists and subscribes to: more would cost each page more than
its messages."""

MINE = access.rooms_of(
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
    access.IS_ENCRYPTED,
).join(User, col(User.id) == Membership.user_id)
"""The rooms of `member`. Built once, with columns instead of objects: each page load reads them."""
FOUND_BY = (col(Room.search_name), col(Room.search_topic))
"""What words are looked for in."""
_Author = table(User).alias()
_LISTED = (
    MINE.add_columns(
        col(Message.seq),
        *summary_columns(_Author),
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
    .outerjoin(_Author, _Author.c.id == Message.author_id)
    .outerjoin(Attachment, col(Attachment.message_id) == Message.id)
    .order_by(
        col(Room.id) != bindparam("current"),
        col(Room.archived_at).is_not(None),
        (col(Room.last_seq) > col(Membership.last_read_seq)).desc(),
        col(Message.id).desc().nulls_last(),
        col(Room.id),
    )
    .limit(MAX_LISTED)
)
_LISTED_COLUMNS = len(MINE.selected_columns)
_COUNTED: Any = table(Membership).alias()
_IN_ROOM = col(Membership.room_id) == bindparam("room")
_FACES: Any = (
    sqlalchemy.select(*SUMMARY_COLUMNS)
    .join(Membership, col(Membership.user_id) == User.id)
    .where(_IN_ROOM, bots.IS_PERSON)
    .order_by(col(Membership.user_id))
    .limit(MAX_FACES)
    .subquery()
)
_MEMBERS: Any = (
    # Each webhook has one member. So many rows are counted without reading their users.
    sqlalchemy.select(func.count()).where(_COUNTED.c.room_id == bindparam("room")).scalar_subquery()
    - sqlalchemy.select(func.count())
    .where(col(Webhook.room_id) == bindparam("room"))
    .scalar_subquery(),
    sqlalchemy.select(portable.json_rows(*_FACES.c)).scalar_subquery(),
)
_COUNT_MEMBERS = sqlalchemy.select(*_MEMBERS)
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
_ONE_OF_MINE = MINE.where(col(Room.id) == bindparam("room")).add_columns(*_MEMBERS, _SCHEDULED)
_SOME_OF_MINE = MINE.where(col(Room.id).in_(bindparam("rooms", expanding=True)))


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


def listed(session: Session, user_id: int, current: int = 0) -> list[RoomView]:
    """Return a user's rooms as stored, in the order of priority that `rooms.mine` describes."""
    rows = session.connection().execute(_LISTED, {"member": user_id, "current": current})
    found = [_with_last(RoomView(*row[:_LISTED_COLUMNS]), *row[_LISTED_COLUMNS:]) for row in rows]
    return _with_people(session, found, user_id)


def _with_last(room: RoomView, seq: int | None, *columns: Any) -> RoomView:
    if seq is None:
        return room
    author, (kind, text, html, *others) = UserSummary(*columns[:5]), columns[5:]
    return replace(room, last=LastMessage(seq, author, kind, text, html, *others))


def one(session: Session, user_id: int, room_id: int) -> RoomView | None:
    """Return one of a user's rooms, with how many members it has and some of them."""
    values = {"member": user_id, "room": room_id}
    row = session.connection().execute(_ONE_OF_MINE, values).first()
    if row is None:
        return None
    *columns, count, faces, scheduled = row
    (room,) = _with_people(session, [RoomView(*columns)], user_id)
    return replace(room, crowd=_crowd(count, faces), scheduled=scheduled)


def views(session: Session, query: Any, *, member: int, **values: Any) -> list[RoomView]:
    """Return the rooms of `member` that a statement made of `MINE` selects."""
    found = session.connection().execute(query, {"member": member, **values})
    return _with_people(session, [RoomView(*columns) for columns in found], member)


def crowd(session: Session, room_id: int) -> Crowd:
    """Return the people in a room."""
    values = {"room": room_id}
    return _crowd(*session.connection().execute(_COUNT_MEMBERS, values).one())


def _crowd(count: int, faces: str) -> Crowd:
    return Crowd(count, tuple(UserSummary(*each) for each in json.loads(faces)))


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


def with_titles(
    session: Session, viewer: CurrentUser, messages: Sequence[MessageView]
) -> list[Excerpt]:
    """Return messages with their rooms' titles, without those in rooms the viewer is not in."""
    room_ids = {message.room_id for message in messages}
    known = titles(session, viewer, room_ids)
    return [
        Excerpt(message, known[message.room_id]) for message in messages if message.room_id in known
    ]


def titles(session: Session, viewer: CurrentUser, room_ids: Collection[int]) -> dict[int, str]:
    """Return the titles of those of `room_ids` that the viewer is in."""
    found = views(session, _SOME_OF_MINE, member=viewer.user_id, rooms=list(room_ids))
    return {room.room_id: room.title for room in found}
