"""The files of messages, and pending ones, by the ids that apps know them by.

That is what the app which has uploaded a file was told, or for any other file the id of its
message: `m12`.
"""

import re

from sqlmodel import Session, col, select

from models import Attachment, Message, PendingFile
from services.core.dto import CurrentUser
from services.core.errors import NotFound
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.files import files
from services.files.files import FoundFile
from services.rooms import access

ID = r"m\d{1,15}|[0-9a-f]{32}"
"""How such an id looks, as a pattern in ASCII; the second is of an upload."""
_OF_MESSAGE = re.compile(r"m(\d{1,15})", re.ASCII)


def id_of(message_id: int, media_id: str | None = None) -> str:
    """Return the id of the file of a message; `media_id` is what its app was told, if one was."""
    return media_id or f"m{message_id}"


@rate_limited("download")
async def find(viewer: CurrentUser, media_id: str) -> FoundFile:
    """Return a file of a message in one of the viewer's rooms, or that they have uploaded.

    Of encrypted messages only apps know the files: whoever shares an encrypted room with somebody
    gets what they have uploaded, by its id, which only its message says. Raises `NotFound` for any
    other, and `RateLimited`.
    """
    return files.in_store(await database.read(lambda session: _to_read(session, viewer, media_id)))


def _to_read(session: Session, viewer: CurrentUser, media_id: str) -> Attachment:
    pending = session.get(PendingFile, media_id)
    if pending is None or pending.user_id == viewer.user_id:
        return of_id(session, viewer, media_id)
    if not access.is_in_encrypted(session, viewer.user_id, pending.user_id):
        raise NotFound
    return _of_no_message(pending)


def of_id(session: Session, viewer: CurrentUser, media_id: str) -> Attachment:
    """Return a file that the viewer may send, as a row; a pending one as of message 0.

    It is one that they have uploaded, or of a message that they may see. Raises `NotFound`.
    """
    pending = session.get(PendingFile, media_id)
    if pending is not None:
        if pending.user_id != viewer.user_id:
            raise NotFound
        return _of_no_message(pending)
    match = _OF_MESSAGE.fullmatch(media_id)
    wanted = Attachment.message_id == int(match[1]) if match else Attachment.media_id == media_id
    found = session.exec(
        select(Attachment, Message.room_id)
        .join(Message, col(Message.id) == Attachment.message_id)
        .where(wanted, col(Message.deleted_at).is_(None))
    ).first()
    if found is None:
        raise NotFound
    attachment, room_id = found
    access.position(session, viewer, room_id)
    return attachment


def _of_no_message(pending: PendingFile) -> Attachment:
    return Attachment(message_id=0, **pending.model_dump(exclude={"created_at", "is_kept"}))
