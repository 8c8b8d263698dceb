"""Read the files of messages, each time through the person's membership."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy
from msgspec import Struct
from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from models import Attachment, FileKind, Message, User
from services.accounts.people import SUMMARY_COLUMNS
from services.core import app_context
from services.core.app_context import StoredFile
from services.core.dto import CurrentUser, FileView, UserSummary
from services.core.errors import NotFound
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.messages import messages, parts
from services.rooms import access

PAGE_SIZE = 60
"""Files per page. It divides by 2 to 6, so that pictures fill their rows."""
MAX_SENDERS = 100
"""Senders to choose from in the filter."""
_MAX_INTEGER = 2**53


class Kinds(StrEnum):
    """The filter for kinds of files."""

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


class FoundFile(Struct, frozen=True):
    """A file of a message, in the store."""

    hash: str
    content: StoredFile
    preview: StoredFile
    view: FileView


class RoomFile(Struct, frozen=True):
    """A file in a room, with its message, sender and time."""

    room_id: int
    seq: int
    author: UserSummary
    sent_at: datetime
    file: FileView


class RoomFiles(Struct, frozen=True):
    """A page of a room's files, newest first."""

    files: tuple[RoomFile, ...]
    senders: tuple[UserSummary, ...]
    """Everyone with one of them in the room, of any kind, by name."""
    before: int | None
    """The `seq` before which the next page begins; None on the last page."""


@rate_limited("download")
async def find(viewer: CurrentUser, room_id: int, seq: int) -> FoundFile:
    """Return the file of a message.

    Raises `NotFound` outside the room and for a message that is deleted or has no file, and
    `RateLimited`.
    """

    def query(session: Session) -> Attachment:
        _room, _membership, message = messages.find(session, viewer, room_id, seq)
        attachment = session.exec(
            select(Attachment).where(col(Attachment.message_id) == message.id)
        ).first()
        if attachment is None:
            raise NotFound
        return attachment

    return in_store(await database.read(query))


def in_store(attachment: Attachment) -> FoundFile:
    """Return a file with where it is in the store."""
    store = app_context.current().files
    return FoundFile(
        attachment.hash,
        store.stored(attachment.hash),
        store.stored_preview(attachment.hash),
        parts.file_view(attachment),
    )


@rate_limited("read")
async def of_room(
    viewer: CurrentUser,
    room_id: int,
    *,
    kind: Kinds | None = None,
    user_id: int | None = None,
    before: int | None = None,
) -> RoomFiles:
    """Return the newest files of a room, from before the `seq` `before`, of one kind and person.

    Stickers are not among them.

    Raises `NotFound` outside the room, and `RateLimited`.
    """
    statement = _FILES
    if kind is not None:
        statement = statement.where(col(Attachment.kind).in_(_KINDS[kind]))
    if user_id is not None:
        statement = statement.where(col(Message.author_id) == min(user_id, _MAX_INTEGER))
    values = {"room": room_id, "before": min(before or _MAX_INTEGER, _MAX_INTEGER)}

    def query(session: Session) -> RoomFiles:
        access.position(session, viewer, room_id)
        connection = session.connection()
        found = [_room_file(room_id, *each) for each in connection.execute(statement, values)]
        senders = connection.execute(_SENDERS, {"room": room_id})
        return RoomFiles(
            tuple(found[:PAGE_SIZE]),
            tuple(UserSummary(*each) for each in senders),
            found[PAGE_SIZE - 1].seq if len(found) > PAGE_SIZE else None,
        )

    return await database.read(query)


# A literal, not a bound value: otherwise SQLite could not use the partial index on files, and
# would read all messages of the room.
_IS_FILE = sqlalchemy.text("messages.kind = 'file'")
_FILES: Any = (
    sqlalchemy.select(
        *SUMMARY_COLUMNS,
        col(Message.seq),
        col(Message.created_at),
        col(Attachment.name),
        col(Attachment.size),
        col(Attachment.kind),
        col(Attachment.media_type),
        col(Attachment.width),
        col(Attachment.height),
        col(Attachment.has_preview),
        col(Attachment.awaits_preview),
        # Excerpts and waveforms are shown in the room only.
        sqlalchemy.literal("").label("excerpt"),
        sqlalchemy.literal("").label("wave"),
        col(Attachment.seconds),
        col(Attachment.is_animated),
    )
    .join(Message, col(Message.author_id) == User.id)
    .join(Attachment, col(Attachment.message_id) == Message.id)
    .where(col(Message.room_id) == bindparam("room"), _IS_FILE)
    .where(col(Attachment.kind) != FileKind.STICKER)
    .where(col(Message.seq) < bindparam("before"))
    .order_by(col(Message.seq).desc())
    .limit(PAGE_SIZE + 1)
)
_SENDERS: Any = (
    sqlalchemy.select(*SUMMARY_COLUMNS)
    .where(
        col(User.id).in_(
            sqlalchemy.select(col(Message.author_id))
            .join(Attachment, col(Attachment.message_id) == Message.id)
            .where(col(Message.room_id) == bindparam("room"), _IS_FILE)
            .where(col(Attachment.kind) != FileKind.STICKER)
        )
    )
    .order_by(col(User.sort_key), col(User.id))
    .limit(MAX_SENDERS)
)


def _room_file(
    room_id: int,
    user_id: int,
    username: str,
    display_name: str,
    hue: int,
    avatar: str,
    seq: int,
    sent_at: datetime,
    *file: Any,
) -> RoomFile:
    author = UserSummary(user_id, username, display_name, hue, avatar)
    return RoomFile(room_id, seq, author, sent_at, FileView(*file))
