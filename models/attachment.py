"""Files attached to messages."""

from enum import StrEnum

from sqlalchemy import Index, text
from sqlmodel import Field

from models.base import Model


class FileKind(StrEnum):
    """How a file can be shown, according to its content."""

    PICTURE = "picture"
    STICKER = "sticker"
    """A picture that stands without a bubble: see `models.sticker`."""
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"
    """A PDF."""
    TEXT = "text"
    OTHER = "other"
    """It can only be downloaded."""


class Attachment(Model, table=True):
    """The file of a message. Messages with the same content share one file on disk."""

    __tablename__ = "attachments"
    __table_args__ = (
        # Covering indexes for the usage of a person, of files and of stickers, and in total.
        Index(
            "ix_attachments_of_user",
            "user_id",
            "size",
            "kind",
            sqlite_where=text("kind != 'sticker'"),
        ),
        Index("ix_attachments_by_hash", "hash", "size"),
        Index(
            "ix_attachments_stickers",
            "user_id",
            "hash",
            "size",
            "kind",
            sqlite_where=text("kind = 'sticker'"),
        ),
        Index(
            "ix_attachments_moving",
            "message_id",
            sqlite_where=text("is_animated AND kind = 'picture'"),
        ),
        Index("ix_attachments_awaiting", "message_id", sqlite_where=text("awaits_preview")),
        Index(
            "ix_attachments_media",
            "media_id",
            unique=True,
            sqlite_where=text("media_id IS NOT NULL"),
        ),
    )

    message_id: int = Field(foreign_key="messages.id", ondelete="CASCADE", primary_key=True)
    user_id: int = Field(foreign_key="users.id")
    """The author of the message, whose quota it counts towards."""
    hash: str
    """SHA-256 of the content, in hexadecimal digits."""
    name: str
    size: int
    """Bytes."""
    kind: str
    media_type: str
    """The Content-Type it is served with."""
    width: int = 0
    """Of the picture or preview, in pixels; 0 without one."""
    height: int = 0
    has_preview: bool = False
    awaits_preview: bool = False
    """Whether its preview or its waveform is still to be made."""
    excerpt: str = ""
    """The beginning of a text file."""
    wave: str = ""
    """The loudness of a recording over time, as digits from 0 to 9."""
    seconds: int = 0
    """How long a voice note is, as the page that recorded it says; 0 for other files."""
    is_animated: bool = False
    """Whether it is a picture that moves."""
    media_id: str | None = None
    """What an app that has uploaded it calls it; None for other files."""


class LooseFile(Model, table=True):
    """A stored file that may be nobody's: it is being uploaded, or what referred to it was deleted.

    Triggers add a row for each deleted attachment, sticker and pending file, and an upload before
    it stores its file. So after a crash, only these files have to be checked.
    """

    __tablename__ = "loose_files"

    hash: str = Field(primary_key=True)
