"""Messages that are sent later."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from models.base import Model
from models.clock import UtcDateTime, now


class ScheduledMessage(Model, table=True):
    """A text that its author has sent for later, visible to no one else.

    `client_message_id` is that of the message it becomes, so nothing can send it twice.
    """

    __tablename__ = "scheduled_messages"
    __table_args__ = (
        Index("ix_scheduled_messages_due", "send_at", sqlite_where="refusal = ''"),
        Index("ix_scheduled_messages_refused", "user_id", sqlite_where="refusal != ''"),
    )

    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    client_message_id: str = Field(primary_key=True)
    room_id: int = Field(foreign_key="rooms.id", ondelete="CASCADE", index=True)
    text: str
    html: str | None = None
    """As `Message.html`, and so the next."""
    html_version: int = 0
    reply_to: int | None = None
    """The `seq` of the message in the room that it replies to."""
    language: str
    """The code of its author's language, for `refusal`."""
    send_at: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    refusal: str = ""
    """Why it could not be sent at its time, as a sentence; empty as long as it waits."""
