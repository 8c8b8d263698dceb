"""A conversation."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from models.clock import UtcDateTime, now


class RoomKind(StrEnum):
    """Who can come in: anybody, those who are added, or the same few for ever."""

    PUBLIC = "public"
    PRIVATE = "private"
    DIRECT = "direct"


class Room(SQLModel, table=True):
    """A conversation.

    `last_seq` is the number of its newest message, 0 when it has none; `last_change` that of
    the newest change to a message that was there already (`Message.change`).
    """

    __tablename__ = "rooms"
    # Two public rooms must not pass for each other; private ones may share a name.
    __table_args__ = (
        Index(
            "uq_rooms_public_name",
            "name_key",
            unique=True,
            sqlite_where="kind = 'public'",
        ),
        Index("uq_rooms_people_key", "people_key", unique=True),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    name: str
    """Empty in direct messages: they are called after the people in them."""
    name_key: str
    people_key: str | None = None
    """In direct messages who is in them: there is one conversation for each set of people."""
    topic: str = ""
    is_announcement: bool = False
    """Whether only its moderators write."""
    last_seq: int = 0
    last_change: int = 0
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    archived_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Since when it can only be read."""
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    """Since when nobody is in it any more and its messages are being erased."""

    @property
    def is_archived(self) -> bool:
        """Whether it can only be read."""
        return self.archived_at is not None
