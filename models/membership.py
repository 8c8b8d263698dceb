"""A person in a room, and everything in it that is theirs alone."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from models.clock import UtcDateTime, now


class Role(StrEnum):
    """What a member may do in a room."""

    OWNER = "owner"
    MEMBER = "member"


class Membership(SQLModel, table=True):
    """A person in a room. The row is the permission: who has none sees nothing of the room.

    `last_read_seq` is how far this person has read; what comes after is unread.
    """

    __tablename__ = "memberships"

    room_id: int = Field(foreign_key="rooms.id", ondelete="CASCADE", primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True, index=True)
    role: str = Role.MEMBER
    last_read_seq: int = 0
    joined_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
