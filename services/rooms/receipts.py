"""Receipts: how far one's messages have come.

They follow from positions, never from a row for each message for each person: somebody has
read what is up to their `Membership.last_read_seq`, and has got what was said before they
were last here. Whoever hides their receipts is not counted, and sees nobody's.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam, case
from sqlmodel import Session, col, select

from models import Membership, Message, Room, User
from models.clock import now
from services.core.dto import CurrentUser, UserSummary
from services.core.errors import Forbidden, NotFound
from services.core.i18n import _
from services.core.rate_limited import rate_limited
from services.db import database
from services.rooms import access, presence


@dataclass(frozen=True)
class Reader(UserSummary):
    """Somebody who has read a message, or has got it."""

    at: datetime | None
    """Since when, or by when at the latest; None if that is not known."""
    is_exact: bool


@dataclass(frozen=True)
class Readers:
    """How far a message has come, with those of its room who let others see that."""

    read: Sequence[Reader]
    delivered: Sequence[Reader]
    waiting: Sequence[Reader]


@dataclass(frozen=True)
class Behind:
    """Who of a room's members is furthest behind: the last two, as one of them may be who asks."""

    read: tuple[tuple[int, int], ...]
    """Users, and up to which `seq` they have read."""
    away: tuple[tuple[int, datetime | None], ...]
    """Users who are not here, and when they last were: what came later they have not got."""


RECENT = 400
"""Whose messages are further back than this is not told live: no page shows so many."""


@rate_limited("hint")
async def of(viewer: CurrentUser, room_id: int, seq: int) -> Readers:
    """Return who has read one's own message, who has got it and who has not, the first first.

    Raises `NotFound` when one is not in the room or there is no such message, `Forbidden`
    when it is another's, or when one hides one's own receipts.
    """
    if not viewer.preferences.shows_receipts:
        raise Forbidden(
            _("You have turned read receipts off, so you see nobody's. Turn them on in My account.")
        )

    def query(session: Session) -> Readers:
        access.require_member(session, viewer.user_id, room_id)
        message = session.exec(
            select(Message).where(Message.room_id == room_id, Message.seq == seq)
        ).first()
        if message is None:
            raise NotFound
        if message.author_id != viewer.user_id:
            raise Forbidden(_("Only who wrote a message sees who has read it."))
        asked = {"room": room_id, "author": viewer.user_id, "then": message.created_at}
        found = session.connection().execute(_OTHERS, asked)
        return _sort(seq, message.created_at, found)

    return await database.read(query)


def _sort(seq: int, said_at: datetime, members: Any) -> Readers:
    read: list[Reader] = []
    delivered: list[Reader] = []
    waiting: list[Reader] = []
    for user_id, username, name, hue, read_seq, read_at, seen_at in members:
        is_read = read_seq >= seq
        at = read_at if is_read else None
        exact = at is not None and read_seq == seq
        reader = Reader(user_id, username, name, hue, at, exact)
        seen_at = presence.left(user_id, seen_at)
        has_got = presence.is_here(user_id) or (seen_at and seen_at >= said_at)
        (read if is_read else delivered if has_got else waiting).append(reader)
    read.sort(key=lambda reader: reader.at or now())
    return Readers(read, delivered, waiting)


async def behind(room_id: int) -> Behind:
    """Return who is furthest behind in a room, of those who let others see that."""

    def query(session: Session) -> Behind:
        connection = session.connection()
        read = connection.execute(_READ_LEAST, {"room": room_id})
        seen = connection.execute(_SEEN_LEAST, {"room": room_id})
        return Behind(tuple((user_id, seq) for user_id, seq in read), _away_longest(seen))

    return await database.read(query)


def _away_longest(seen: Iterable[Any]) -> tuple[tuple[int, datetime | None], ...]:
    """Return the first two of `seen`, whose order is that of what is stored, who are not here."""
    away: list[tuple[int, datetime | None]] = []
    late: list[tuple[int, datetime | None]] = []
    for user_id, stored in seen:
        if presence.is_here(user_id):
            continue
        at = presence.left(user_id, stored)
        (away if at == stored else late).append((user_id, at))
        if len(away) == 2:
            break
    # Whoever was never here is first.
    return tuple(sorted(away + late, key=lambda each: (each[1] is not None, each[1] or now()))[:2])


async def authors(room_id: int, after: int) -> Collection[int]:
    """Return who said something in a room after `after`, as far as that is recent."""

    def query(session: Session) -> Collection[int]:
        asked = {"room": room_id, "after": after}
        return set(session.connection().execute(_AUTHORS, asked).scalars())

    return await database.read(query)


_IN_ROOM: Any = (
    sqlalchemy.select()
    .select_from(Membership)
    .join(User, col(User.id) == Membership.user_id)
    .where(col(Membership.room_id) == bindparam("room"), col(User.shows_receipts))
)
_READ_LEAST = (
    _IN_ROOM.add_columns(col(Membership.user_id), col(Membership.last_read_seq))
    .order_by(col(Membership.last_read_seq))
    .limit(2)
)
_SEEN_LEAST = _IN_ROOM.add_columns(col(User.id), col(User.last_seen_at)).order_by(
    col(User.last_seen_at).nulls_first()
)
_OTHERS = (
    _IN_ROOM.add_columns(
        col(User.id),
        col(User.username),
        col(User.display_name),
        col(User.hue),
        col(Membership.last_read_seq),
        col(Membership.last_read_at),
        col(User.last_seen_at),
    )
    .where(col(User.id) != bindparam("author"), col(Membership.joined_at) <= bindparam("then"))
    .order_by(col(User.display_name), col(User.id))
)
_AUTHORS: Any = (
    sqlalchemy.select(col(Message.author_id))
    .distinct()
    .join(Room, col(Room.id) == Message.room_id)
    .where(
        col(Message.room_id) == bindparam("room"),
        # One bound, not two: with two SQLite may begin at the one that is further back.
        col(Message.seq)
        > case(
            (col(Room.last_seq) - RECENT > bindparam("after"), col(Room.last_seq) - RECENT),
            else_=bindparam("after"),
        ),
    )
)
