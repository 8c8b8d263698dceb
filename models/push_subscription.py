"""Which devices want notifications, and what each of them shows."""

from datetime import datetime

from sqlmodel import Field

from models.base import Model
from models.clock import UtcDateTime, now


class PushSubscription(Model, table=True):
    """Where to send the notifications of one login.

    As its browser said (W3C Push API §8), or its app, which has a row of `pushers` as well.
    """

    __tablename__ = "push_subscriptions"

    id: int | None = Field(default=None, primary_key=True)
    session_id: int = Field(foreign_key="sessions.id", ondelete="CASCADE", unique=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    endpoint: str = Field(unique=True)
    """A URL of the browser's push service, or of the app's gateway, with a fragment that makes it
    unique."""
    p256dh: str
    """The public key of the browser, in Base64 (RFC 4648 §5); empty for an app."""
    auth: str
    """The secret that the browser and we share; empty for an app."""
    shows_text: bool = False
    """Whether a notification has the text of the message, besides sender and room."""
    language: str = "en"
    failures: int = 0
    """Failed deliveries since the last one that was accepted."""
    retry_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class PushedRoom(Model, table=True):
    """What a device shows of a room, and what it is to show.

    There is one row for each room, however many messages come: the latest replaces the others.
    """

    __tablename__ = "pushed_rooms"

    subscription_id: int = Field(
        foreign_key="push_subscriptions.id", ondelete="CASCADE", primary_key=True
    )
    room_id: int = Field(foreign_key="rooms.id", ondelete="CASCADE", primary_key=True, index=True)
    wanted_seq: int = 0
    """The message to notify of."""
    shown_seq: int = 0
    """The message that the device was last notified of; 0 if it shows nothing of the room."""
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    """When to send something; None if there is nothing to send."""


class PushCursor(Model, table=True):
    """Up to which message it was decided whom to notify: one row, with the id 1."""

    __tablename__ = "push_cursor"

    id: int | None = Field(default=None, primary_key=True)
    message_id: int
