"""That a message names somebody."""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class Mention(SQLModel, table=True):
    """That a message names somebody, or with `user_id` None everybody in its room.

    One row for `@room`, however many are in it; `room_id` and `seq` are those of the
    message, so that unread ones are counted by position.
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
