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
    """A conversation. `last_seq` is the number of its newest message, 0 when it has none."""

    __tablename__ = "rooms"
    # Two public rooms must not pass for each other; private ones may share a name.
    __table_args__ = (
        Index(
            "uq_rooms_public_name",
            "name_key",
            unique=True,
            sqlite_where="kind = 'public'",
            postgresql_where="kind = 'public'",
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    name: str
    name_key: str
    topic: str = ""
    last_seq: int = 0
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
