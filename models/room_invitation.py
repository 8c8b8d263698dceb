"""Invitations to rooms."""

from datetime import datetime

from sqlmodel import Field

from models.base import Model
from models.clock import UtcDateTime, now


class RoomInvitation(Model, table=True):
    """`invited_by` wants `user_id` in a room, who becomes a member when they accept."""

    __tablename__ = "room_invitations"

    room_id: int = Field(foreign_key="rooms.id", ondelete="CASCADE", primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True, index=True)
    invited_by: int = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    declined_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
