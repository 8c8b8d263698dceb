"""What somebody said in a room."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from models.clock import UtcDateTime, now


class Message(SQLModel, table=True):
    """What somebody said in a room.

    `seq` counts within the room, from 1 and without gaps: it is the only order there is.
    `client_message_id` is made where the text was typed, so that sending it twice, after an
    answer was lost, stores it once.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("room_id", "seq"),
        UniqueConstraint("author_id", "client_message_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    room_id: int = Field(foreign_key="rooms.id", ondelete="CASCADE")
    seq: int
    author_id: int = Field(foreign_key="users.id")
    client_message_id: str
    text: str
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
