"""Messages and their earlier versions."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field

from models.base import Model
from models.clock import UtcDateTime, now


class MessageKind(StrEnum):
    """The kind of a message. Its text is the message, the question, or the caption."""

    TEXT = "text"
    POLL = "poll"
    FILE = "file"
    ENCRYPTED = "encrypted"
    """Its text is empty: what it says is in `EncryptedMessage`, for apps alone."""
    ENCRYPTED_EDIT = "encrypted_edit"
    """The same, which says what another message says now: it is not shown by itself."""


ENCRYPTED_KINDS = frozenset({MessageKind.ENCRYPTED, MessageKind.ENCRYPTED_EDIT})


class Message(Model, table=True):
    """A message in a room.

    `seq` numbers the messages of a room, from 1 and without gaps. It is the only order.
    `client_message_id` comes from the browser, so that a retry stores nothing twice.

    `change` is the revision, within the room, of the last change to the message after it was
    sent (an edit, a deletion, a reaction, a vote, a pin, a reply to it), or 0. A page asks for
    all changes since the last revision it knows.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("room_id", "seq"),
        UniqueConstraint("author_id", "client_message_id"),
        Index(
            "ix_messages_changed",
            "room_id",
            "change",
            sqlite_where="change > 0",
        ),
        Index(
            "ix_messages_pinned",
            "room_id",
            "pinned_at",
            sqlite_where="pinned_at IS NOT NULL",
        ),
        Index(
            "ix_messages_deleted",
            "room_id",
            "seq",
            sqlite_where="deleted_at IS NOT NULL",
        ),
        Index(
            "ix_messages_replies",
            "reply_to_id",
            "seq",
            "deleted_at",  # else SQLite reads each row for it, despite the condition
            sqlite_where="reply_to_id IS NOT NULL AND deleted_at IS NULL",
        ),
        Index(
            "ix_messages_files",
            "room_id",
            "seq",
            sqlite_where="kind = 'file'",
        ),
        Index(
            "ix_messages_encrypted_edits",
            "room_id",
            "seq",
            sqlite_where="kind = 'encrypted_edit'",
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    room_id: int = Field(foreign_key="rooms.id", ondelete="CASCADE")
    seq: int
    author_id: int = Field(foreign_key="users.id")
    client_message_id: str
    kind: str = MessageKind.TEXT
    text: str
    """Empty once the message is deleted."""
    html: str | None = None
    """The text as HTML; None if it is one line of words: see `services/messages/rendered.py`."""
    html_version: int = 0
    """What made `html`: see `rendered.version`."""
    mentions: dict[str, int] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """User ids by the name mentioned in the text; 0 for `here` and `room`."""
    reply_to_id: int | None = Field(default=None, foreign_key="messages.id", index=True)
    is_forwarded: bool = False
    change: int = 0
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    edited_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    deleted_by: int | None = Field(default=None, foreign_key="users.id")
    pinned_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class MessageVersion(Model, table=True):
    """The text of a message before an edit. It is deleted with the message."""

    __tablename__ = "message_versions"

    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(foreign_key="messages.id", ondelete="CASCADE", index=True)
    text: str
    html: str | None = None
    html_version: int = 0
    written_at: datetime = Field(sa_type=UtcDateTime)
