"""Erasing what was said in deleted rooms, bit by bit, so that nobody else has to wait for it.

It begins when a room is deleted, and goes on when the program starts again: which rooms
are to be erased stands in the database.
"""

import asyncio
import logging
import time

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from models import Message, Room
from services.core import events
from services.core.errors import ServiceError
from services.core.tasks import BackgroundTask
from services.db import database

log = logging.getLogger(__name__)
CHUNK_SIZE = 300
"""How many messages one write erases, in a few milliseconds."""
TIMEOUT_SECONDS = 30.0
"""Seconds until the next try when the database cannot be written."""

_wanted = asyncio.Event()
_work = BackgroundTask()


def start() -> None:
    """Erase what is to be erased, in the background."""
    _wanted.set()
    _work.start(_erase)


async def stop() -> None:
    """Stop after the piece that is being erased; the next `start` goes on from there."""
    await _work.stop()


async def wait() -> None:
    """Wait until nothing is left to erase."""
    await _work.wait()


async def _erase() -> None:
    while _wanted.is_set():
        _wanted.clear()  # a room that is deleted from now on sets it again
        try:
            began = time.monotonic()
            has_erased = False
            while await database.write(_erase_piece):
                has_erased = True
                # As long a rest as it was work: the writer is there for those who write.
                await asyncio.sleep(time.monotonic() - began)
                began = time.monotonic()
            if has_erased:
                events.publish(events.RoomsPurged())
        except ServiceError as refused:
            log.warning("what was said in a deleted room is still there: %s", refused.message)
            await asyncio.sleep(TIMEOUT_SECONDS)
            _wanted.set()


def _erase_piece(session: Session) -> bool:
    """Erase the newest messages of a deleted room; False when none are left in any.

    The newest first, because a message may be the answer to an older one. The emptied row of
    the room stays: its number must never be another room's, for which old pages and what
    waits in them to be sent would take it.
    """
    room_id = session.exec(
        select(Room.id).where(col(Room.deleted_at).is_not(None), Room.last_seq > 0).limit(1)
    ).first()
    if room_id is None:
        return False
    newest = (
        select(Message.id)
        .where(Message.room_id == room_id)
        .order_by(col(Message.seq).desc())
        .limit(CHUNK_SIZE)
    )
    connection = session.connection()
    erased = connection.execute(delete(Message).where(col(Message.id).in_(newest)))
    if erased.rowcount == 0:
        connection.execute(update(Room).where(col(Room.id) == room_id).values(last_seq=0))
    return True
