"""Read positions: which room each user has open, and how far they have read in it.

A message in a large room is read by everyone within seconds. One write for each reader would cost
more than the message, so positions are collected in memory and written in batches. A crash loses
those of the last batch: these messages show as unread once more.
"""

import asyncio
import logging
from collections import defaultdict
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy
from msgspec import Struct
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
"""Seconds for which positions are collected before they are written."""
COALESCE_LONG_SECONDS = 8.0
"""The same for positions that nobody waits for, as in large rooms."""


class Reached(Struct, frozen=True):
    """The `seq` a user has read up to, and when."""

    seq: int
    at: datetime


NOWHERE = Reached(0, datetime.min)

_reached: dict[tuple[int, int], Reached] = {}
"""By room and user."""
_moving: dict[tuple[int, int], Reached] = {}
"""The same, while they are being stored."""
_opened: dict[int, int] = {}
"""By user: the room they have open."""
_opening: dict[int, int] = {}
"""The same, while they are being stored."""
_seen: dict[int, datetime] = {}
"""By user: when they were last seen."""
_timer: asyncio.TimerHandle | None = None
_storing: set[asyncio.Task[None]] = set()

# Built once: with 300 people in a room they process hundreds of rows a second.
_MEMBERS: Any = (
    sqlalchemy.select(
        col(Membership.room_id),
        col(Membership.user_id),
        col(Room.last_seq),
        col(Membership.unread_from),
        col(Membership.last_read_seq),
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
# Reading a room to its end clears the unread mark.
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
    """Record that the viewer has read a room up to `seq`; positions never move back.

    It is written within `COALESCE_SECONDS`, or `COALESCE_LONG_SECONDS` if not `soon`. Nothing is
    written for a room that the viewer is not in.
    """
    key = (room_id, viewer.user_id)
    if seq > _reached.get(key, NOWHERE).seq:
        _reached[key] = Reached(seq, now())
    _store_later(COALESCE_SECONDS if soon else COALESCE_LONG_SECONDS)


def remember(viewer: CurrentUser, room_id: int) -> None:
    """Record the room the viewer has open; written soon, and only for members."""
    _opened[viewer.user_id] = room_id
    _store_later(COALESCE_SECONDS)


def record_seen(user_id: int, at: datetime) -> None:
    """Record when a user was last seen; written within `COALESCE_LONG_SECONDS`."""
    _seen[user_id] = at
    _store_later(COALESCE_LONG_SECONDS)


def reached(viewer: CurrentUser, room_id: int) -> int:
    """Return the viewer's position in a room if it is not written yet, else 0."""
    key = (room_id, viewer.user_id)
    return max(_reached.get(key, NOWHERE).seq, _moving.get(key, NOWHERE).seq)


def take(viewer: CurrentUser, room_id: int) -> int:
    """Remove and return the viewer's pending position, which the caller writes; 0 if none."""
    return _reached.pop((room_id, viewer.user_id), NOWHERE).seq


def opened(viewer: CurrentUser) -> int | None:
    """Return the room the viewer has open if it is not written yet, else None."""
    return _opened.get(viewer.user_id) or _opening.get(viewer.user_id)


async def flush() -> None:
    """Write everything pending, and wait until it is written."""
    while _timer or _storing:
        if _timer and not _storing:
            _store_now()
        await asyncio.wait(_storing)


def _store_later(within: float) -> None:
    """Schedule a write within so many seconds; an earlier one stays scheduled."""
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
    if _storing:  # one write at a time
        _store_later(COALESCE_SECONDS)
        return
    task = asyncio.get_running_loop().create_task(_store_all())
    _storing.add(task)
    task.add_done_callback(_storing.discard)


async def _store_all() -> None:
    _moving.update(_reached)
    _opening.update(_opened)
    seen = dict(_seen)
    for pending in (_reached, _opened, _seen):
        pending.clear()
    try:
        store = partial(_store, dict(_moving), dict(_opening), seen)
        moved = await database.write(store, uses_reserve=True)
    except ServiceError as error:
        log.warning("Failed to store read positions: %s", error.message)
        return
    finally:
        _moving.clear()
        _opening.clear()
    for room_id, readers in moved.items():
        reached = {user_id: after for user_id, (_before, after) in readers.items()}
        before = {user_id: before for user_id, (before, _after) in readers.items()}
        events.publish(events.RoomRead(room_id, reached, before=before))


def _store(
    reached: dict[tuple[int, int], Reached],
    opened: dict[int, int],
    seen: dict[int, datetime],
    session: Session,
) -> dict[int, dict[int, tuple[int, int]]]:
    """Write positions, open rooms and times last seen.

    Return, by room and user, the position until then and the new one. Positions are capped at the
    newest message.
    """
    connection = session.connection()
    rooms, everybody = ({key[part] for key in reached} for part in (0, 1))
    values = {"rooms": list(rooms), "readers": list(everybody)}
    found = connection.execute(_MEMBERS, values) if reached else ()
    members = [tuple(each) for each in found if (each[0], each[1]) in reached]
    moved = defaultdict[int, dict[int, tuple[int, int]]](dict)
    for room, reader, newest, _marked, before in members:
        moved[room][reader] = before, min(reached[room, reader].seq, newest)
    to_end = [
        {"room": room, "reader": reader}
        for room, reader, newest, marked, _before in members
        if marked and reached[room, reader].seq >= newest
    ]
    for room, positions in moved.items():
        # One statement for all readers at the same position: in large rooms, that is most.
        by_seq = defaultdict[int, list[int]](list)
        for reader, (_before, seq) in positions.items():
            by_seq[seq].append(reader)
        for seq, readers in by_seq.items():
            at = max(reached[room, reader].at for reader in readers)
            connection.execute(_MOVE, {"room": room, "readers": readers, "seq": seq, "at": at})
    if to_end:
        connection.execute(_UNMARK, to_end)
    if opened:
        connection.execute(_OPEN, [{"reader": who, "room": room} for who, room in opened.items()])
    if seen:
        connection.execute(_SEE, [{"reader": who, "at": at} for who, at in seen.items()])
    return moved
