"""Make previews and waveforms in the background, after the message of a file is there.

Each person's files wait in a queue of their own, so nobody waits for what another one has sent.
What is still to be made is noted with the attachment; so after a crash it is made at the start.
"""

import asyncio
import logging
from functools import partial
from typing import Any

from msgspec import Struct
from sqlmodel import Session, col, select

from models import Attachment, FileKind, Message, Room
from services.core import app_context, events
from services.core.errors import ServiceError
from services.core.limits.fair_queue import FairQueue
from services.core.tasks import BackgroundTask
from services.db import database
from services.files import orphans
from services.files.decoding import decoding
from services.files.decoding.decoding import Decoded
from services.files.inspection.media_types import UNKNOWN
from services.messages import revisions

log = logging.getLogger(__name__)

MAX_WORKERS = 2
"""Files decoded at a time."""
RETRY_SECONDS = 10.0
"""How long to wait when the system cannot start another process, or the disk is full."""

Columns = dict[str, Any]
"""The columns of an attachment that decoding sets."""
_COLUMNS = ("kind", "media_type", "width", "height", "has_preview", "wave")

_work = BackgroundTask()
_queue: FairQueue[str] | None = None


class _File(Struct, frozen=True):
    """A file that awaits its preview, and what is known of the same content already."""

    kind: str
    media_type: str
    pixels: int
    known: Columns | None


def start() -> None:
    """Begin to make previews, first those that a crash or a stop has left out.

    Does nothing if it has started already.
    """
    global _queue
    if not _work.is_running:
        _queue = FairQueue(app_context.current().rate_limits.decoding)
        _work.start(_run, later=True)


async def stop() -> None:
    """Stop, and end the workers."""
    global _queue
    await _work.stop()
    _queue = None


def make_soon(user_id: int, digest: str) -> None:
    """Queue a stored file of a user, whose message is stored as well."""
    if _queue is not None:  # otherwise it is made at the next start
        _queue.add(user_id, digest)


async def _run() -> None:
    assert _queue is not None
    for user_id, digest in await database.read(_awaiting):
        _queue.add(user_id, digest)
    async with asyncio.TaskGroup() as workers:
        for _number in range(MAX_WORKERS):
            workers.create_task(_serve(_queue))


async def _serve(queue: FairQueue[str]) -> None:
    while True:
        user_id, digest = await queue.take()
        try:
            await _make(digest, user_id)
        except (ServiceError, OSError) as error:
            log.warning("Failed to make the preview of %s, trying again: %s", digest, error)
            await asyncio.sleep(RETRY_SECONDS)
            queue.add(user_id, digest)
        except Exception:
            log.exception("Failed to make the preview of %s", digest)  # the next start tries again
        finally:
            queue.done(user_id)


async def _make(digest: str, user_id: int) -> None:
    """Decode a file of a user and store what that brought, for each message with it."""
    with orphans.arriving(digest):
        file = await database.read(partial(_find, digest))
        if file is None:  # deleted, or done for another message
            return
        columns = file.known
        if columns is None:
            try:
                context = app_context.current()
                spend = partial(context.rate_limits.decoding.spend, user_id)
                async with context.files.local_copy(digest) as path:
                    decoded = await decoding.decode(file.media_type, path, file.pixels, spend=spend)
            except FileNotFoundError:
                log.error("The file %s is not there", digest)
                decoded = None
            columns = await _store(digest, file, decoded)
        changes = await database.write(partial(_set, digest, columns))
    for room_id, change in changes:
        events.publish(events.MessageChanged(room_id, change))


async def _store(digest: str, file: _File, decoded: Decoded | None) -> Columns:
    """Store the preview; return the columns to set."""
    if decoded is None:
        if file.kind != FileKind.PICTURE:
            return {}
        # Browsers must not try what our decoders refuse.
        return {"kind": FileKind.OTHER, "media_type": UNKNOWN, "width": 0, "height": 0}
    if decoded.preview:
        await app_context.current().files.add_preview(digest, decoded.preview)
    return {
        "width": decoded.width,
        "height": decoded.height,
        "wave": decoded.wave,
        "has_preview": bool(decoded.preview),
    }


def _awaiting(session: Session) -> list[tuple[int, str]]:
    """Return user and hash of all files without a preview, the oldest first."""
    found = session.exec(
        select(Attachment.user_id, Attachment.hash)
        .where(col(Attachment.awaits_preview))
        .order_by(col(Attachment.message_id))
    )
    return list(dict.fromkeys(found.all()))


def _find(digest: str, session: Session) -> _File | None:
    """Return what a file awaits, or None if it awaits nothing."""
    attachments = select(Attachment).where(col(Attachment.hash) == digest)
    awaiting = session.exec(attachments.where(col(Attachment.awaits_preview)).limit(1)).first()
    if awaiting is None:
        return None
    done = session.exec(attachments.where(col(Attachment.awaits_preview).is_(False)).limit(1))
    same = done.first()
    known = {name: getattr(same, name) for name in _COLUMNS} if same else None
    pixels = awaiting.width * awaiting.height
    return _File(awaiting.kind, awaiting.media_type, pixels, known)


def _set(digest: str, columns: Columns, session: Session) -> list[tuple[int, int]]:
    """Within a write, set the columns for each message that waits; return room and change."""
    waiting = session.exec(
        select(Attachment, Message, Room)
        .join(Message, col(Message.id) == Attachment.message_id)
        .join(Room, col(Room.id) == Message.room_id)
        .where(col(Attachment.hash) == digest, col(Attachment.awaits_preview))
    )
    changes = []
    for attachment, message, room in waiting.all():
        for name, value in columns.items():
            setattr(attachment, name, value)
        attachment.awaits_preview = False
        session.add(attachment)
        changes.append((message.room_id, revisions.bump(session, room, message)))
    return changes
