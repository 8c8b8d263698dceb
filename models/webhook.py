"""Addresses at which programs post to a room."""

from datetime import datetime

from sqlmodel import Field

from models.base import Model
from models.clock import UtcDateTime, now


class Webhook(Model, table=True):
    """An address at which a program posts to a room, as the bot of that name.

    It stores the hash of its token: whoever knows the address can post.
    """

    __tablename__ = "webhooks"

    id: int | None = Field(default=None, primary_key=True)
    room_id: int = Field(foreign_key="rooms.id", ondelete="CASCADE", index=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", unique=True)
    """The bot, whose display name is the name of the webhook."""
    token_hash: str = Field(unique=True)
    created_by: int | None = Field(default=None, foreign_key="users.id", ondelete="SET NULL")
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When a program last posted with it."""
