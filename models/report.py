"""Reports of messages."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.base import Model
from models.clock import UtcDateTime, now


class Report(Model, table=True):
    """`reporter_id` reported a message. It keeps the text as it was, also when the message goes."""

    __tablename__ = "reports"
    __table_args__ = (UniqueConstraint("reporter_id", "message_id"),)

    id: int | None = Field(default=None, primary_key=True)
    room_id: int | None = Field(
        default=None, foreign_key="rooms.id", ondelete="SET NULL", index=True
    )
    room_name: str
    message_id: int
    """Not a foreign key: the report outlives the message."""
    message_seq: int
    author_id: int = Field(foreign_key="users.id")
    text: str
    reporter_id: int = Field(foreign_key="users.id")
    reason: str = ""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    handled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    handled_by: int | None = Field(default=None, foreign_key="users.id")
