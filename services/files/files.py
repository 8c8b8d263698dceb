"""Files: looking at what messages bring along, each time through one's membership."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from models import Attachment, FileKind, Message, User
from services.core import app_context
from services.core.dto import CurrentUser, FileView, UserSummary
from services.core.errors import NotFound
from services.db import database
from services.messages import messages, queries
from services.rooms import rooms

PAGE_SIZE = 60
"""How many files of a room one look brings: pictures fill rows of two to six with it."""
MAX_SENDERS = 100
"""Among how many people one can choose."""
_HIGHEST = 2**53


class Kinds(StrEnum):
    """Which of a room's files one looks for."""

    PICTURES = "pictures"
    MEDIA = "media"
    DOCUMENTS = "documents"
    OTHER = "other"


_KINDS = {
    Kinds.PICTURES: (FileKind.PICTURE,),
    Kinds.MEDIA: (FileKind.AUDIO, FileKind.VIDEO),
    Kinds.DOCUMENTS: (FileKind.DOCUMENT, FileKind.TEXT),
    Kinds.OTHER: (FileKind.OTHER,),
}


@dataclass(frozen=True)
class StoredFile:
    """A file as it is kept."""

    hash: str
    path: Path
    preview: Path
    view: FileView


@dataclass(frozen=True)
class Sent:
    """A file in a room: in which message, whose, and since when."""

    room_id: int
    seq: int
    author: UserSummary
    sent_at: datetime
    file: FileView


@dataclass(frozen=True)
class RoomFiles:
    """Some files of a room, the newest first."""

    found: tuple[Sent, ...]
    senders: tuple[UserSummary, ...]
    """Who has files in the room, of whatever kind, by name."""
    before: int | None
    """Before which `seq` there are more; None when there are not."""


async def find(viewer: CurrentUser, room_id: int, seq: int) -> StoredFile:
    """Return the file of a message.

    Raises `NotFound` when one is not in the room, and for a message that is not there any
    more or has no file; `RateLimited`.
    """
    app_context.current().rate_limits.download.consume(viewer.user_id)

    def look(session: Session) -> Attachment:
        _room, _membership, message = messages.find(session, viewer, room_id, seq)
        found = session.exec(
            select(Attachment).where(col(Attachment.message_id) == message.id)
        ).first()
        if found is None:
            raise NotFound
        return found

    found = await database.read(look)
    store = app_context.current().files
    return StoredFile(
        found.hash,
        store.path(found.hash),
        store.preview(found.hash),
        queries.file_view(found),
    )


async def of_room(
    viewer: CurrentUser,
    room_id: int,
    *,
    kind: Kinds | None = None,
    user_id: int | None = None,
    before: int | None = None,
) -> RoomFiles:
    """Return the newest files of a room before the message `before`: of one kind, and of one
    person, if these are given.

    Raises `NotFound` when one is not in the room; `RateLimited`.
    """
    app_context.current().rate_limits.look.consume(str(viewer.user_id))
    query = _FILES
    if kind is not None:
        query = query.where(col(Attachment.kind).in_(_KINDS[kind]))
    if user_id is not None:
        query = query.where(col(Message.author_id) == min(user_id, _HIGHEST))
    values = {"room": room_id, "before": min(before or _HIGHEST, _HIGHEST)}

    def look(session: Session) -> RoomFiles:
        rooms.standing(session, viewer, room_id)
        line = session.connection()
        found = [_sent(room_id, *each) for each in line.execute(query, values)]
        senders = line.execute(_SENDERS, {"room": room_id})
        return RoomFiles(
            tuple(found[:PAGE_SIZE]),
            tuple(UserSummary(*each) for each in senders),
            found[PAGE_SIZE - 1].seq if len(found) > PAGE_SIZE else None,
        )

    return await database.read(look)


# The kind is written out: with a value put in later, SQLite would not know that the partial
# index holds all there is, and would read a million messages instead of ten thousand files.
_IS_FILE = sqlalchemy.text("messages.kind = 'file'")
_PERSON = (col(User.id), col(User.username), col(User.display_name), col(User.hue))
_FILES: Any = (
    sqlalchemy.select(
        *_PERSON,
        col(Message.seq),
        col(Message.created_at),
        col(Attachment.name),
        col(Attachment.size),
        col(Attachment.kind),
        col(Attachment.media_type),
        col(Attachment.width),
        col(Attachment.height),
        col(Attachment.has_preview),
        # How a text begins and a recording sounds is shown in the room alone.
        sqlalchemy.literal("").label("excerpt"),
        sqlalchemy.literal("").label("wave"),
    )
    .join(Message, col(Message.author_id) == User.id)
    .join(Attachment, col(Attachment.message_id) == Message.id)
    .where(col(Message.room_id) == bindparam("room"), _IS_FILE)
    .where(col(Message.seq) < bindparam("before"))
    .order_by(col(Message.seq).desc())
    .limit(PAGE_SIZE + 1)
)
_SENDERS: Any = (
    sqlalchemy.select(*_PERSON)
    .where(
        col(User.id).in_(
            sqlalchemy.select(col(Message.author_id))
            .join(Attachment, col(Attachment.message_id) == Message.id)
            .where(col(Message.room_id) == bindparam("room"), _IS_FILE)
        )
    )
    .order_by(col(User.display_name), col(User.id))
    .limit(MAX_SENDERS)
)


def _sent(
    room_id: int,
    user_id: int,
    username: str,
    display_name: str,
    hue: int,
    seq: int,
    sent_at: datetime,
    *file: Any,
) -> Sent:
    author = UserSummary(user_id, username, display_name, hue)
    return Sent(room_id, seq, author, sent_at, FileView(*file))
