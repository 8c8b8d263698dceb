"""What happens in rooms besides messages, for clients that ask what is new since a position."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field

from models.base import Model
from models.clock import UtcDateTime, now


class RoomEventKind(StrEnum):
    """What happened: to a message, to a member, or to the room."""

    EDIT = "edit"
    DELETION = "deletion"
    REACTION = "reaction"
    REACTION_REMOVED = "reaction_removed"
    INVITE = "invite"
    DECLINE = "decline"
    """Of an invitation."""
    JOIN = "join"
    LEAVE = "leave"
    REMOVAL = "removal"
    PROFILE = "profile"
    """A member has another name or picture."""
    NAME = "name"
    TOPIC = "topic"
    PERMISSIONS = "permissions"
    """Roles, or who may write."""
    PINS = "pins"
    ENCRYPTION = "encryption"
    """It was switched on."""


class RoomEvent(Model, table=True):
    """Something that happened in a room after message `after_id`.

    Messages are not among them: their ids are an order already, so sending one writes nothing
    here. Rows stay, so that no id is used again; only their content is erased.
    """

    __tablename__ = "room_events"
    __table_args__ = (
        Index("ix_room_events_room", "room_id", "id"),
        Index("ix_room_events_message", "message_id", sqlite_where="message_id IS NOT NULL"),
        Index("ix_room_events_person", "person_id", "id", sqlite_where="person_id IS NOT NULL"),
    )

    id: int | None = Field(default=None, primary_key=True)
    room_id: int = Field(foreign_key="rooms.id", ondelete="CASCADE")
    after_id: int
    """The id of the newest message of all rooms when it happened; 0 if there was none."""
    kind: str
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    """Who did it."""
    message_id: int | None = None
    """The message that it is about."""
    person_id: int | None = None
    """The person that it is about."""
    content: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """What it says: the emoji, the name or the topic; None once that is erased."""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
