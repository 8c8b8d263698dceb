"""A person in a room, and everything in it that is theirs alone."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from models.clock import UtcDateTime, now


class Role(StrEnum):
    """What a member may do in a room."""

    OWNER = "owner"
    MODERATOR = "moderator"
    MEMBER = "member"


class Notify(StrEnum):
    """What of a room somebody is called for."""

    EVERYTHING = "everything"
    MENTIONS = "mentions"
    NOTHING = "nothing"


class Membership(SQLModel, table=True):
    """A person in a room. The row is the permission: who has none sees nothing of the room.

    `last_read_seq` is how far this person has read; what comes after is unread. It never
    goes back: who marks a room as unread from some message on moves `unread_from` instead,
    0 when nothing is marked.
    """

    __tablename__ = "memberships"

    room_id: int = Field(foreign_key="rooms.id", ondelete="CASCADE", primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True, index=True)
    role: str = Role.MEMBER
    last_read_seq: int = 0
    last_read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When `last_read_seq` moved last."""
    unread_from: int = 0
    notify: str = Notify.MENTIONS
    joined_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
