"""Mentions in messages."""

from sqlalchemy import Index
from sqlmodel import Field

from models.base import Model


class Mention(Model, table=True):
    """A mention of a user, or with `user_id` None of everyone in the room (`@room`).

    `room_id` and `seq` are copies from the message, to count unread mentions without a join.
    """

    __tablename__ = "mentions"
    __table_args__ = (
        Index("ix_mentions_of_user", "user_id", "room_id", "seq"),
        Index(
            "ix_mentions_of_everybody",
            "room_id",
            "seq",
            sqlite_where="user_id IS NULL",
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(foreign_key="messages.id", ondelete="CASCADE", index=True)
    user_id: int | None = Field(default=None, foreign_key="users.id", ondelete="CASCADE")
    room_id: int = Field(foreign_key="rooms.id", ondelete="CASCADE")
    seq: int
