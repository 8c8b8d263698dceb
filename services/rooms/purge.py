"""Erase the messages of deleted rooms in the background, in chunks, so that other writes go on.

The database records which rooms are deleted, so the purge continues after a restart.
"""

import asyncio
import logging
import time
from itertools import accumulate

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from models import Message, Room
from services.core import events
from services.core.errors import ServiceError
from services.core.tasks import BackgroundTask
from services.db import database

log = logging.getLogger(__name__)
CHUNK_SIZE = 300
"""Messages erased by one write, which takes a few milliseconds."""
CHUNK_TEXT = 12_000
"""Characters of their texts, as each is taken out of the index: 3 µs for each, in some scripts."""
RETRY_SECONDS = 30.0
"""Seconds until the next attempt when the database cannot be written."""

_wanted = asyncio.Event()
_work = BackgroundTask()
_listeners = events.Listeners(everywhere=True)


def start() -> None:
    """Erase in the background what there is, and again whenever a room is deleted."""
    _listeners.remove_all()
    for kind in (events.RoomDeleted, events.HintsLost, events.OthersUnheard):
        _listeners.add(kind, _begin)
    _begin()


def _begin(_event: object = None) -> None:
    _wanted.set()
    _work.start(_erase, later=True)


async def stop() -> None:
    """Stop after the current chunk; the next `start` continues from there."""
    _listeners.remove_all()
    await _work.stop()


async def wait() -> None:
    """Wait until the purge has finished."""
    await _work.wait()


async def _erase() -> None:
    has_erased = False
    while _wanted.is_set():
        _wanted.clear()  # deleting another room sets it again
        try:
            began = time.monotonic()
            while await database.write(_erase_chunk, uses_reserve=True):
                has_erased = True
                # Leave the writer free half of the time.
                await asyncio.sleep(time.monotonic() - began)
                began = time.monotonic()
            if has_erased:
                events.publish(events.RoomsPurged())
                has_erased = False
        except ServiceError as error:
            log.warning("Failed to erase the messages of deleted rooms: %s", error.message)
            await asyncio.sleep(RETRY_SECONDS)
            _wanted.set()


def _erase_chunk(session: Session) -> bool:
    """Erase the newest messages of a deleted room; return False when none are left in any.

    Newest first, because replies refer to older messages. The room's row stays: if its id were
    reused, old pages would send their pending messages to another room.
    """
    room_id = session.exec(
        select(Room.id).where(col(Room.deleted_at).is_not(None), Room.last_seq > 0).limit(1)
    ).first()
    if room_id is None:
        return False
    newest = session.exec(
        select(Message.id, func.length(Message.text))
        .where(Message.room_id == room_id)
        .order_by(col(Message.seq).desc())
        .limit(CHUNK_SIZE)
    ).all()
    before = accumulate((length for _id, length in newest), initial=0)
    chunk = [each for (each, _), size in zip(newest, before, strict=False) if size < CHUNK_TEXT]
    connection = session.connection()
    if chunk:
        connection.execute(delete(Message).where(col(Message.id).in_(chunk)))
    else:
        connection.execute(update(Room).where(col(Room.id) == room_id).values(last_seq=0))
    return True
