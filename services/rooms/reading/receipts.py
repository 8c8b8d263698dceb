"""Receipts: who has received and read a message.

They are derived from positions, without a row for each message and person: a member has read all
messages up to their `Membership.last_read_seq`, and has received those sent before they were last
seen. Users who turn receipts off are not counted and see nobody's.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy
from msgspec import Struct
from sqlalchemy import Connection, bindparam, case, literal_column
from sqlmodel import Session, col, select

from models import Block, Membership, Message, Room, User
from models.base import table
from models.clock import now
from services.accounts.people import SUMMARY_COLUMNS
from services.core.dto import CurrentUser, UserSummary
from services.core.errors import Forbidden, NotFound
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.db.prepared import Prepared
from services.rooms import access, presence


class Reader(UserSummary, frozen=True):
    """A member, as a reader of a message."""

    at: datetime | None
    """When they read it, or the latest time they may have; None if unknown or unread."""
    is_exact: bool
    """Whether `at` is exactly when they read it."""


class Readers(Struct, frozen=True):
    """Members by what they have done with a message, without those who turned receipts off."""

    read: Sequence[Reader]
    delivered: Sequence[Reader]
    waiting: Sequence[Reader]


Positions = tuple[tuple[int, int], ...]
"""User ids, and the `seq` each has read up to."""


class FurthestBehind(Struct, frozen=True):
    """The two members furthest behind in a room: two, as the viewer may be one of them."""

    read: Positions
    offline: tuple[tuple[int, datetime | None], ...]
    """Ids of offline users, and when they were last seen: later messages are undelivered."""
    blocks: frozenset[int] = frozenset()
    """Members who have blocked another, or whom another has: for them others may be behind."""


class Receipt(Struct, frozen=True):
    """That somebody has read a room up to a message, of all that the viewer wrote, or at all."""

    message_id: int
    user_id: int
    username: str
    at: datetime | None
    """When they have read it, or the latest time they may have."""


MAX_LIVE_MESSAGES = 400
"""Receipts are pushed for this many of the latest messages of a room: no page shows more."""


@rate_limited("presence")
async def of(viewer: CurrentUser, room_id: int, seq: int) -> Readers:
    """Return who has read, received and not received the viewer's message, earliest first.

    Those who have blocked the viewer, or whom they have blocked, are not among them, like those
    who turned receipts off.

    Raises `NotFound` for non-members and for a message that does not exist, `Forbidden` for a
    message of another author, or if the viewer has turned receipts off.
    """
    if not viewer.preferences.shows_receipts:
        raise Forbidden(
            _("Read receipts are off, so you can't see anyone's. Turn them on in My account.")
        )

    def query(session: Session) -> Readers:
        access.require_member(session, viewer.user_id, room_id)
        message = session.exec(
            select(Message).where(Message.room_id == room_id, Message.seq == seq)
        ).first()
        if message is None:
            raise NotFound
        if message.author_id != viewer.user_id:
            raise Forbidden(_("Only the author can see who has read a message."))
        values = {"room": room_id, "author": viewer.user_id, "sent_at": message.created_at}
        found = session.connection().execute(_OTHERS, values)
        return _group(seq, message.created_at, found)

    return await database.read(query)


def _group(seq: int, sent_at: datetime, members: Any) -> Readers:
    read: list[Reader] = []
    delivered: list[Reader] = []
    waiting: list[Reader] = []
    for user_id, username, name, hue, avatar, read_seq, read_at, seen_at in members:
        is_read = read_seq >= seq
        at = read_at if is_read else None
        exact = at is not None and read_seq == seq
        reader = Reader(user_id, username, name, hue, avatar, at, exact)
        seen_at = presence.last_seen_at(user_id, seen_at)
        is_delivered = presence.is_online(user_id) or (seen_at and seen_at >= sent_at)
        (read if is_read else delivered if is_delivered else waiting).append(reader)
    read.sort(key=lambda reader: reader.at or now())
    return Readers(read, delivered, waiting)


async def furthest_behind(room_id: int, author_id: int = 0) -> FurthestBehind:
    """Return who is furthest behind in a room, without those who turned receipts off.

    With `author_id` as far as that member may know: without those who have blocked them, and those
    they have blocked. It looks as if these had turned receipts off.
    """

    def query(session: Session) -> FurthestBehind:
        connection = session.connection()
        values = {"room": room_id, "author": author_id}
        return FurthestBehind(
            tuple(_READ_POSITIONS.execute(connection, values)),
            _offline_longest(connection.execute(_LAST_SEEN, values)),
            frozenset(each for pair in connection.execute(_BLOCKS, values) for each in pair),
        )

    return await database.read(query)


def own(session: Session, viewer: CurrentUser, room_ids: Collection[int]) -> dict[int, Receipt]:
    """Return, by room, up to which message the viewer has read, within a read.

    Without rooms in which they have read nothing, or which they have marked as unread.
    """
    values = {"member": viewer.user_id, "rooms": list(room_ids)}
    return {
        room_id: Receipt(message_id, viewer.user_id, viewer.username, at)
        for room_id, message_id, at in session.connection().execute(_OWN, values)
    }


def of_author(
    session: Session,
    viewer: CurrentUser,
    readers: Mapping[int, Collection[int] | None],
    most: int,
    latest: int,
) -> dict[int, list[Receipt]]:
    """Return who has read which message as the last one of the viewer's, by room, within a read.

    `readers` are those of whom it is asked, by room; None for anybody. There are `most` of a room
    at most. As of `of` the viewer learns nothing of what others wrote, nor of who has turned
    receipts off, or is blocked; and nothing of messages that are not among the `latest` of a room.
    """
    if not viewer.preferences.shows_receipts or not readers:
        return {}
    connection = session.connection()
    values = {"member": viewer.user_id, "rooms": list(readers), "latest": latest}
    written: defaultdict[int, list[Any]] = defaultdict(list)
    for room_id, *message in connection.execute(_WRITTEN, values):
        written[room_id].append(message)
    found = {}
    for room_id, messages in written.items():
        query, asked = _READERS, readers[room_id]
        if asked is not None:
            query = query.where(col(User.id).in_(list(asked)))
        values = {"room": room_id, "author": viewer.user_id, "first": messages[0][0]}
        rows = connection.execute(query.limit(most), values)
        found[room_id] = [made for row in rows if (made := _receipt(messages, *row))]
    return found


def _receipt(
    messages: Sequence[Any],
    user_id: int,
    username: str,
    read_seq: int,
    read_at: datetime | None,
    joined_at: datetime,
) -> Receipt | None:
    """Return up to which of some messages, in order, a member has read; None for none of them."""
    place = bisect_right(messages, read_seq, key=lambda each: each[0])
    if not place or messages[place - 1][2] < joined_at:  # sent before they were here
        return None
    return Receipt(messages[place - 1][1], user_id, username, read_at)


def _offline_longest(seen: Iterable[Any]) -> tuple[tuple[int, datetime | None], ...]:
    """Return the two offline users last seen longest ago; `seen` is in order of stored times."""
    offline: list[tuple[int, datetime | None]] = []
    unstored: list[tuple[int, datetime | None]] = []
    for user_id, stored in seen:
        if presence.is_online(user_id):
            continue
        at = presence.last_seen_at(user_id, stored)
        (offline if at == stored else unstored).append((user_id, at))
        if len(offline) == 2:
            break
    # Users who were never seen come first.
    found = sorted(offline + unstored, key=lambda each: (each[1] is not None, each[1] or now()))
    return tuple(found[:2])


async def moved(room_id: int, before: Positions) -> tuple[Positions, Collection[int]]:
    """Return `FurthestBehind.read` as it is now, and the authors whose receipts changed with it.

    In a large room it costs a fraction of `furthest_behind`, which reads all members.
    """

    def query(connection: Connection) -> tuple[Positions, Collection[int]]:
        read = tuple(_READ_POSITIONS.execute(connection, {"room": room_id, "author": 0}))
        if read == before:
            return read, ()
        values = {"room": room_id, "after": affected_after(before, read)}
        return read, {author_id for (author_id,) in _AUTHORS.execute(connection, values)}

    return await database.look(query)


async def authors(room_id: int, after: int) -> Collection[int]:
    """Return the authors of the latest `MAX_LIVE_MESSAGES` of a room, of those after `after`."""
    values = {"room": room_id, "after": after}
    return {author_id for (author_id,) in await database.rows(_AUTHORS, values)}


def affected_after(before: Positions, after: Positions) -> int:
    """Return the `seq` after which messages have other receipts when the positions change."""
    return min(read[0][1] if read else 0 for read in (before, after))


def _blocks(one: Any, other: Any) -> Any:
    return sqlalchemy.exists().where(col(Block.user_id) == one, col(Block.blocked_id) == other)


# `author` is whose messages they are; 0 for everybody.
_IN_ROOM: Any = (
    sqlalchemy.select()
    .select_from(Membership)
    .join(User, col(User.id) == Membership.user_id)
    .where(
        col(Membership.room_id) == bindparam("room"),
        col(User.shows_receipts),
        ~_blocks(User.id, bindparam("author")),
        ~_blocks(bindparam("author"), User.id),
    )
)
_BLOCKER, _BLOCKED = table(Membership).alias(), table(Membership).alias()
_BLOCKS: Any = (
    sqlalchemy.select(col(Block.user_id), col(Block.blocked_id))
    .join(_BLOCKER, _BLOCKER.c.user_id == Block.user_id)
    .join(_BLOCKED, _BLOCKED.c.user_id == Block.blocked_id)
    .where(_BLOCKER.c.room_id == bindparam("room"), _BLOCKED.c.room_id == bindparam("room"))
)
_READ_POSITIONS = Prepared(
    _IN_ROOM.add_columns(col(Membership.user_id), col(Membership.last_read_seq))
    .order_by(col(Membership.last_read_seq))
    .limit(literal_column("2"))
    .offset(literal_column("0"))  # for SQLite, SQLAlchemy would add one that is a parameter
)
_LAST_SEEN = _IN_ROOM.add_columns(col(User.id), col(User.last_seen_at)).order_by(
    col(User.last_seen_at).nulls_first()
)
_OTHERS = (
    _IN_ROOM.add_columns(
        *SUMMARY_COLUMNS,
        col(Membership.last_read_seq),
        col(Membership.last_read_at),
        col(User.last_seen_at),
    )
    .where(col(User.id) != bindparam("author"), col(Membership.joined_at) <= bindparam("sent_at"))
    .order_by(col(User.sort_key), col(User.id))
)
_READERS = _IN_ROOM.add_columns(
    col(User.id),
    col(User.username),
    col(Membership.last_read_seq),
    col(Membership.last_read_at),
    col(Membership.joined_at),
).where(col(User.id) != bindparam("author"), col(Membership.last_read_seq) >= bindparam("first"))
_ASKED: Any = col(Room.id).in_(bindparam("rooms", expanding=True))
_WRITTEN: Any = (
    access.rooms_of(
        bindparam("member"),
        col(Room.id),
        col(Message.seq),
        col(Message.id),
        col(Message.created_at),
    )
    .join(Message, col(Message.room_id) == Room.id)
    .where(
        _ASKED,
        col(Message.seq) > col(Room.last_seq) - bindparam("latest"),
        col(Message.author_id) == bindparam("member"),
    )
    .order_by(col(Room.id), col(Message.seq))
)
_OWN: Any = (
    access.rooms_of(
        bindparam("member"), col(Room.id), col(Message.id), col(Membership.last_read_at)
    )
    .join(
        Message,
        (col(Message.room_id) == Room.id) & (col(Message.seq) == col(Membership.last_read_seq)),
    )
    .where(_ASKED, col(Membership.unread_from) == 0)
)
_TOO_OLD: Any = col(Room.last_seq) - literal_column(str(MAX_LIVE_MESSAGES))
_AUTHORS = Prepared(
    sqlalchemy.select(col(Message.author_id))
    .distinct()
    .join(Room, col(Room.id) == Message.room_id)
    .where(
        col(Message.room_id) == bindparam("room"),
        # One bound, not two: with two, SQLite may scan from the lower one.
        col(Message.seq)
        > case((bindparam("after") < _TOO_OLD, _TOO_OLD), else_=bindparam("after")),
    )
)
