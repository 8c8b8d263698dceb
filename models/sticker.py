"""Stickers: pictures that people of this chat have made, to send with one click."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from models.base import Model
from models.clock import UtcDateTime, now


class Sticker(Model, table=True):
    """A sticker of a person's, perhaps shared with everyone.

    Its file, a WEBP, is among those of messages, by its hash. A message that sends it has an
    attachment of its own, so what was sent stays when the sticker is removed.
    """

    __tablename__ = "stickers"
    __table_args__ = (
        UniqueConstraint("user_id", "hash"),
        Index("ix_stickers_by_hash", "hash", "size"),
        Index("ix_stickers_shared", "id", sqlite_where="is_shared"),
    )

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE")
    """Who made it, whose quota it counts towards."""
    hash: str
    """SHA-256 of the file, in hexadecimal digits."""
    name: str
    """A word or an emoji: what it is found by, and what is read out."""
    size: int
    """Bytes."""
    width: int
    height: int
    is_animated: bool
    """Whether it moves; then its preview is a still of it."""
    is_shared: bool = False
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
