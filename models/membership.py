"""Membership of a room, with everything in it that is personal."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field

from models.base import Model
from models.clock import UtcDateTime, now


class Role(StrEnum):
    """What a member may do in a room."""

    OWNER = "owner"
    MODERATOR = "moderator"
    MEMBER = "member"


class Notify(StrEnum):
    """Which messages of a room notify a member."""

    EVERYTHING = "everything"
    MENTIONS = "mentions"
    NOTHING = "nothing"


class Membership(Model, table=True):
    """A person in a room. The row is the permission: without one, the room does not exist.

    `last_read_seq` is the last message this person has read, and never decreases. Marking
    messages as unread sets `unread_from` instead, which is 0 otherwise.
    """

    __tablename__ = "memberships"

    room_id: int = Field(foreign_key="rooms.id", ondelete="CASCADE", primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True, index=True)
    role: str = Role.MEMBER
    last_read_seq: int = 0
    last_read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When `last_read_seq` last changed."""
    unread_from: int = 0
    notify: str = Notify.MENTIONS
    is_favourite: bool = False
    """Whether this person keeps it among their favourites in the list."""
    joined_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
