"""How far everybody has read: gathered for a moment, then stored together.

When somebody speaks in a full room, everybody reads it within seconds. A write for each of
them would cost more than the message did, so positions wait and are stored in one go. A
position is no promise: what a crash takes of the last half second is read once more.
"""

import asyncio
import logging
from functools import partial

from sqlalchemy import bindparam, update
from sqlmodel import Session, col, select

from models import Membership, Room
from services import database, events
from services.refusal import Refused
from services.views import Viewer

log = logging.getLogger(__name__)
GATHER = 0.5
"""Seconds for which positions gather."""

_reached: dict[tuple[int, int], int] = {}
"""By room and user: up to which `seq`."""
_storing: set[asyncio.Task[None]] = set()

# Built once: with 300 people in a room it runs for hundreds of rows a second.
_MOVE = (
    update(Membership)
    .where(
        col(Membership.room_id) == bindparam("room"),
        col(Membership.user_id) == bindparam("reader"),
        col(Membership.last_read_seq) < bindparam("seq"),
    )
    .values(last_read_seq=bindparam("seq"))
)


def mark_read(viewer: Viewer, room_id: int, seq: int) -> None:
    """Note that one has read a room up to `seq`; stored soon, and it never goes back.

    For a room that one is not in, nothing is stored: the membership is what is changed.
    """
    key = (room_id, viewer.user_id)
    _reached[key] = max(seq, _reached.get(key, 0))
    if not _storing:
        task = asyncio.get_running_loop().create_task(_store_soon())
        _storing.add(task)
        task.add_done_callback(_storing.discard)


async def settle() -> None:
    """Wait until everything that was noted is stored."""
    while _storing:
        await asyncio.wait(_storing)


async def _store_soon() -> None:
    await asyncio.sleep(GATHER)
    while _reached:
        gathered = dict(_reached)
        _reached.clear()
        try:
            stored = await database.write(partial(_store, gathered))
        except Refused as refused:
            log.warning("read positions were not stored: %s", refused.sentence)
            return
        for (room_id, user_id), seq in stored.items():
            events.publish(events.RoomRead(room_id, user_id, seq))


def _store(gathered: dict[tuple[int, int], int], session: Session) -> dict[tuple[int, int], int]:
    """Move members' positions, none past the newest message; return how far they are now."""
    rooms, readers = ({key[part] for key in gathered} for part in (0, 1))
    members = session.exec(
        select(Membership.room_id, Membership.user_id, Room.last_seq)
        .join(Room, col(Room.id) == Membership.room_id)
        .where(col(Membership.room_id).in_(rooms), col(Membership.user_id).in_(readers))
    )
    moved = {
        (room, reader): min(gathered[room, reader], newest)
        for room, reader, newest in members
        if (room, reader) in gathered
    }
    if moved:
        rows = [{"room": key[0], "reader": key[1], "seq": seq} for key, seq in moved.items()]
        session.connection().execute(_MOVE, rows)
    return moved
