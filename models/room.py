"""Rooms and direct conversations."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field

from models.base import Model
from models.clock import UtcDateTime, now


class RoomKind(StrEnum):
    """Who can join: anyone, people who are added, or nobody after the conversation began."""

    PUBLIC = "public"
    PRIVATE = "private"
    DIRECT = "direct"


class Room(Model, table=True):
    """A room or a direct conversation.

    `last_seq` is the `seq` of its newest message, 0 when it is empty; `last_change` is the
    latest revision of its messages (`Message.change`).
    """

    __tablename__ = "rooms"
    # Public rooms must not be confused with each other; private ones may share a name among them.
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
    """Empty in a direct conversation, whose title is its people."""
    name_key: str
    name_likeness: str = Field(default="", index=True)
    """Equal for names that people may mistake for each other."""
    search_name: str = ""
    """Its name, folded, each word after a space: to find it by."""
    sort_key: bytes = b""
    """The place of its name among others. The Lobby has none, so that it comes first."""
    people_key: str | None = None
    """In a direct conversation, the ids of its people: each set of people has just one, and one
    that is encrypted. See `people_of`."""
    topic: str = ""
    search_topic: str = ""
    """The same of the topic."""
    is_announcement: bool = False
    """Whether only moderators may write."""
    last_seq: int = 0
    last_change: int = 0
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    encryption: str = ""
    """How its messages are encrypted, as the JSON of Matrix's `m.room.encryption`; empty in a room
    that is not. It is set once, and for good."""
    archived_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Since when it is read-only."""
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    """Since when it has no members, and its messages are being erased."""

    @property
    def is_archived(self) -> bool:
        """Whether it is read-only."""
        return self.archived_at is not None

    @property
    def is_encrypted(self) -> bool:
        """Whether what is said in it is encrypted."""
        return bool(self.encryption)


_ENCRYPTED = ":encrypted"


def people_key(user_ids: Sequence[int], *, is_encrypted: bool = False) -> str:
    """Return the `Room.people_key` of a conversation of these people, whose ids are in order."""
    return ",".join(map(str, user_ids)) + (_ENCRYPTED if is_encrypted else "")


def people_of(key: str) -> list[int]:
    """Return the ids of the people of a `Room.people_key`."""
    return [int(each) for each in key.removesuffix(_ENCRYPTED).split(",")]
