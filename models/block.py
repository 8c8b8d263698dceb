"""Blocked users."""

from datetime import datetime

from sqlmodel import Field

from models.base import Model
from models.clock import UtcDateTime, now


class Block(Model, table=True):
    """`user_id` blocks `blocked_id`, who does not learn of it."""

    __tablename__ = "blocks"

    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    blocked_id: int = Field(
        foreign_key="users.id", ondelete="CASCADE", primary_key=True, index=True
    )
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
