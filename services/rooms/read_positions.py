"""Where everybody is: which room they have open, and how far they have read in it.

When somebody speaks in a full room, everybody reads it within seconds. A write for each of
them would cost more than the message did, so these positions wait a moment for each other
and are stored in one go. They are no promise: what a crash takes of the last half second
is read once more.
"""

import asyncio
import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam, update
from sqlmodel import Session, col, select

from models import Membership, Room, User
from models.clock import now
from services.core import events
from services.core.dto import CurrentUser
from services.core.errors import ServiceError
from services.db import database

log = logging.getLogger(__name__)
COALESCE_SECONDS = 0.5
"""Seconds for which positions gather."""
COALESCE_LONG_SECONDS = 8.0
"""The same for those that nobody waits for, as in a crowd."""


@dataclass(frozen=True)
class Reached:
    """Up to which `seq` somebody has read, and since when."""

    seq: int
    at: datetime


NOWHERE = Reached(0, datetime.min)

_reached: dict[tuple[int, int], Reached] = {}
"""By room and user."""
_moving: dict[tuple[int, int], Reached] = {}
"""The same, while they are being stored."""
_opened: dict[int, int] = {}
"""By user: which room."""
_opening: dict[int, int] = {}
"""The same, while they are being stored."""
_seen: dict[int, datetime] = {}
"""By user: when they were last here."""
_timer: asyncio.TimerHandle | None = None
_storing: set[asyncio.Task[None]] = set()

# Built once: with 300 people in a room they run for hundreds of rows a second.
_MEMBERS: Any = (
    sqlalchemy.select(
        col(Membership.room_id),
        col(Membership.user_id),
        col(Room.last_seq),
        col(Membership.unread_from),
    )
    .join(Room, col(Room.id) == Membership.room_id)
    .where(
        col(Membership.room_id).in_(bindparam("rooms", expanding=True)),
        col(Membership.user_id).in_(bindparam("readers", expanding=True)),
    )
)
_MOVE = (
    update(Membership)
    .where(
        col(Membership.room_id) == bindparam("room"),
        col(Membership.user_id).in_(bindparam("readers", expanding=True)),
        col(Membership.last_read_seq) < bindparam("seq"),
    )
    .values(last_read_seq=bindparam("seq"), last_read_at=bindparam("at"))
)
# Whoever has read a room to its end has nothing marked as unread in it any more.
_UNMARK = (
    update(Membership)
    .where(
        col(Membership.room_id) == bindparam("room"),
        col(Membership.user_id) == bindparam("reader"),
    )
    .values(unread_from=0)
)
_OPEN = (
    update(User)
    .where(
        col(User.id) == bindparam("reader"),
        select(Membership.room_id)
        .where(
            col(Membership.room_id) == bindparam("room"),
            col(Membership.user_id) == bindparam("reader"),
        )
        .exists(),
    )
    .values(last_room_id=bindparam("room"))
)
_SEE = update(User).where(col(User.id) == bindparam("reader")).values(last_seen_at=bindparam("at"))


def mark_read(viewer: CurrentUser, room_id: int, seq: int, *, soon: bool = True) -> None:
    """Note that one has read a room up to `seq`; stored soon, and it never goes back.

    For a room that one is not in, nothing is stored: the membership is what is changed.
    """
    key = (room_id, viewer.user_id)
    if seq > _reached.get(key, NOWHERE).seq:
        _reached[key] = Reached(seq, now())
    _store_later(COALESCE_SECONDS if soon else COALESCE_LONG_SECONDS)


def remember(viewer: CurrentUser, room_id: int) -> None:
    """Note that this room is the one open now; stored soon, if one is in it."""
    _opened[viewer.user_id] = room_id
    _store_later(COALESCE_SECONDS)


def see(user_id: int, at: datetime) -> None:
    """Note when somebody was last here; stored soon."""
    _seen[user_id] = at
    _store_later(COALESCE_LONG_SECONDS)


def reached(viewer: CurrentUser, room_id: int) -> int:
    """Return up to where one has read a room, as far as that is not stored yet; else 0."""
    key = (room_id, viewer.user_id)
    return max(_reached.get(key, NOWHERE).seq, _moving.get(key, NOWHERE).seq)


def take(viewer: CurrentUser, room_id: int) -> int:
    """Return up to where one has read a room, and leave it to the caller to store that."""
    return _reached.pop((room_id, viewer.user_id), NOWHERE).seq


def opened(viewer: CurrentUser) -> int | None:
    """Return which room one has open, as far as that is not stored yet; else None."""
    return _opened.get(viewer.user_id) or _opening.get(viewer.user_id)


async def flush() -> None:
    """Store everything that was noted, and wait until it is."""
    while _timer or _storing:
        if _timer and not _storing:
            _store_now()
        await asyncio.wait(_storing)


def _store_later(within: float) -> None:
    """Store what was noted within so many seconds, or sooner if somebody asked for that."""
    global _timer
    loop = asyncio.get_running_loop()
    due = loop.time() + within
    if _timer is None or due < _timer.when():
        if _timer is not None:
            _timer.cancel()
        _timer = loop.call_at(due, _store_now)


def _store_now() -> None:
    global _timer
    if _timer is not None:
        _timer.cancel()
        _timer = None
    if _storing:  # one after the other
        _store_later(COALESCE_SECONDS)
        return
    task = asyncio.get_running_loop().create_task(_store_all())
    _storing.add(task)
    task.add_done_callback(_storing.discard)


async def _store_all() -> None:
    _moving.update(_reached)
    _opening.update(_opened)
    seen = dict(_seen)
    for noted in (_reached, _opened, _seen):
        noted.clear()
    try:
        moved = await database.write(partial(_store, dict(_moving), dict(_opening), seen))
    except ServiceError as refused:
        log.warning("where people are was not stored: %s", refused.message)
        return
    finally:
        _moving.clear()
        _opening.clear()
    for room_id, readers in moved.items():
        events.publish(events.RoomRead(room_id, readers))


def _store(
    reached: dict[tuple[int, int], Reached],
    opened: dict[int, int],
    seen: dict[int, datetime],
    session: Session,
) -> dict[int, dict[int, int]]:
    """Move members' positions, none past the newest message; return how far they are now, by
    room and user.
    """
    connection = session.connection()
    rooms, everybody = ({key[part] for key in reached} for part in (0, 1))
    asked = {"rooms": list(rooms), "readers": list(everybody)}
    found = connection.execute(_MEMBERS, asked) if reached else ()
    members = [tuple(each) for each in found if (each[0], each[1]) in reached]
    moved = defaultdict[int, dict[int, int]](dict)
    for room, reader, newest, _marked in members:
        moved[room][reader] = min(reached[room, reader].seq, newest)
    to_end = [
        {"room": room, "reader": reader}
        for room, reader, newest, marked in members
        if marked and reached[room, reader].seq >= newest
    ]
    for room, positions in moved.items():
        # Those who have come equally far are moved by one statement: a crowd, as a rule.
        together = defaultdict[int, list[int]](list)
        for reader, seq in positions.items():
            together[seq].append(reader)
        for seq, readers in together.items():
            at = max(reached[room, reader].at for reader in readers)
            connection.execute(_MOVE, {"room": room, "readers": readers, "seq": seq, "at": at})
    if to_end:
        connection.execute(_UNMARK, to_end)
    if opened:
        connection.execute(_OPEN, [{"reader": who, "room": room} for who, room in opened.items()])
    if seen:
        connection.execute(_SEE, [{"reader": who, "at": at} for who, at in seen.items()])
    return moved
