"""What somebody said in a room, and what it said before it was edited."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.clock import UtcDateTime, now


class MessageKind(StrEnum):
    """What a message is; its text says it, asks it, or says something of its file."""

    TEXT = "text"
    POLL = "poll"
    FILE = "file"


class Message(SQLModel, table=True):
    """What somebody said in a room.

    `seq` counts within the room, from 1 and without gaps: it is the only order there is.
    `client_message_id` is made where the text was typed, so that sending it twice, after an
    answer was lost, stores it once.

    `change` is the number, within the room, of the last thing that happened to the message
    after it was sent (an edit, a deletion, a reaction, a vote, a pin), 0 when nothing did:
    a page asks for what changed since the number it knows.
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
            "ix_messages_files",
            "room_id",
            "seq",
            sqlite_where="kind = 'file'",
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
    mentions: dict[str, int] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """Who is named in the text: users by their username, 0 for `here` and `room`."""
    reply_to_id: int | None = Field(default=None, foreign_key="messages.id", index=True)
    is_forwarded: bool = False
    change: int = 0
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    edited_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    deleted_by: int | None = Field(default=None, foreign_key="users.id")
    pinned_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class MessageVersion(SQLModel, table=True):
    """What a message said before an edit. Deleting the message deletes these."""

    __tablename__ = "message_versions"

    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(foreign_key="messages.id", ondelete="CASCADE", index=True)
    text: str
    written_at: datetime = Field(sa_type=UtcDateTime)
