"""Erase the messages of deleted rooms in the background, in chunks, so that other writes go on.

The database records which rooms are deleted, so the purge continues after a restart.
"""

import asyncio
import logging
import time
from itertools import accumulate

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from models import EncryptedMessage, Message, Room, RoomEvent, RoomEventKind
from models.clock import now
from services.core import events
from services.core.errors import ServiceError
from services.core.tasks import BackgroundTask
from services.db import database

log = logging.getLogger(__name__)
CHUNK_SIZE = 300
"""Messages erased by one write, which takes a few milliseconds."""
CHUNK_TEXT = 12_000
"""Characters of their texts, as each is taken out of the index: 3 µs for each, in some scripts."""
_CIPHERTEXT = func.coalesce(func.length(EncryptedMessage.content), 0) // 20
"""What it takes to erase the content of an encrypted message, which no index has."""
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

    Newest first, because replies refer to older messages; `last_seq` says where to go on. The
    room's row stays: if its id were reused, old pages would send their pending messages to another
    room.
    """
    found = session.exec(
        select(Room.id, Room.last_seq)
        .where(col(Room.deleted_at).is_not(None), Room.last_seq > 0)
        .limit(1)
    ).first()
    if found is None:
        return False
    room_id, last_seq = found
    newest = session.exec(
        select(Message.id, Message.seq, Message.author_id, func.length(Message.text) + _CIPHERTEXT)
        .outerjoin(EncryptedMessage, col(EncryptedMessage.message_id) == Message.id)
        .where(Message.room_id == room_id, Message.seq <= last_seq)
        .order_by(col(Message.seq).desc())
        .limit(CHUNK_SIZE)
    ).all()
    before = accumulate((length for *_, length in newest), initial=0)
    chunk = [each[:3] for each, size in zip(newest, before, strict=False) if size < CHUNK_TEXT]
    newest_of_all = session.exec(select(func.max(Message.id))).one()
    session.exec(delete(Message).where(col(Message.id).in_([each[0] for each in chunk])))
    if newest_of_all and chunk and chunk[0][0] == newest_of_all:
        _keep_id(session, room_id or 0, newest_of_all, *chunk[0][1:])
    rest = chunk[-1][1] - 1 if chunk else 0
    if not rest:
        told = col(RoomEvent.kind).in_([RoomEventKind.LEAVE, RoomEventKind.REMOVAL])
        session.exec(delete(RoomEvent).where(col(RoomEvent.room_id) == room_id, ~told))
    session.exec(update(Room).where(col(Room.id) == room_id).values(last_seq=rest))
    return True


def _keep_id(session: Session, room_id: int, message_id: int, seq: int, author_id: int) -> None:
    """Keep the id of the newest message of the chat, and nothing else of it.

    SQLite would give it to the next message, which apps would take for the one they know.
    """
    session.add(
        Message(
            id=message_id,
            room_id=room_id,
            seq=seq,
            author_id=author_id,
            client_message_id=f"erased:{message_id}",  # none that a browser may send
            text="",
            deleted_at=now(),
        )
    )
