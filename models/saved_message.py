"""Saved messages."""

from datetime import datetime

from sqlmodel import Field

from models.base import Model
from models.clock import UtcDateTime, now


class SavedMessage(Model, table=True):
    """A message that a person has saved for later, visible to no one else."""

    __tablename__ = "saved_messages"

    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    message_id: int = Field(
        foreign_key="messages.id", ondelete="CASCADE", primary_key=True, index=True
    )
    saved_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
