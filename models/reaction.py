"""Reactions to messages."""

from datetime import datetime

from sqlmodel import Field

from models.base import Model
from models.clock import UtcDateTime, now


class Reaction(Model, table=True):
    """An emoji on a message; each person can add each emoji once."""

    __tablename__ = "reactions"

    message_id: int = Field(foreign_key="messages.id", ondelete="CASCADE", primary_key=True)
    emoji: str = Field(primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
