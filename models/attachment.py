"""A file that a message brings along, and what is kept of it."""

from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class FileKind(StrEnum):
    """How a file can be shown, as its content decides."""

    PICTURE = "picture"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"
    """A PDF."""
    TEXT = "text"
    OTHER = "other"
    """Not at all: it is there to be saved."""


class Attachment(SQLModel, table=True):
    """A file that a message brings along.

    The file itself is kept once, under the hash of its content, however many messages hold it.
    """

    __tablename__ = "attachments"
    __table_args__ = (
        # Counting what somebody, or the whole house, keeps reads nothing but an index.
        Index("ix_attachments_of_user", "user_id", "size"),
        Index("ix_attachments_by_hash", "hash", "size"),
    )

    message_id: int = Field(foreign_key="messages.id", ondelete="CASCADE", primary_key=True)
    user_id: int = Field(foreign_key="users.id")
    """Whose message it is, and on whose account it is kept."""
    hash: str
    """SHA-256 of the content, in hexadecimal digits."""
    name: str
    size: int
    """Bytes."""
    kind: str
    media_type: str
    """What a browser is told that shows it."""
    width: int = 0
    """Of a picture, in dots; 0 where there is none."""
    height: int = 0
    has_preview: bool = False
    excerpt: str = ""
    """How a text begins."""
    wave: str = ""
    """How loud a recording is from its beginning to its end: digits from 0 to 9."""


class LooseFile(SQLModel, table=True):
    """A kept file that perhaps no message holds: it is just coming in, or one has let go of it.

    Whoever deletes an attachment, in whatever way, leaves its hash here (a trigger sees to
    that), and an upload does before the file gets its name. So after a crash this is all that
    has to be looked at.
    """

    __tablename__ = "loose_files"

    hash: str = Field(primary_key=True)
