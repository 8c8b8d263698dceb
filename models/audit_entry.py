"""Audit log: actions of moderators and owners in rooms, and of administrators with the chat."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field

from models.base import Model
from models.clock import UtcDateTime, now


class Action(StrEnum):
    """What was done. These values are stored, so never change one; pages have the wording."""

    ROOM_RENAMED = "room_renamed"
    ROOM_ANNOUNCES = "room_announces"
    ROOM_OPENED = "room_opened"
    ROOM_ARCHIVED = "room_archived"
    ROOM_RESTORED = "room_restored"
    ROOM_DELETED = "room_deleted"
    ROOM_ENCRYPTED = "room_encrypted"
    ROOM_HANDED_OVER = "room_handed_over"
    MEMBER_REMOVED = "member_removed"
    MODERATOR_MADE = "moderator_made"
    MODERATOR_UNMADE = "moderator_unmade"
    MESSAGE_DELETED = "message_deleted"
    PREVIEW_REMOVED = "preview_removed"
    WEBHOOK_CREATED = "webhook_created"
    WEBHOOK_REMOVED = "webhook_removed"
    CHAT_RENAMED = "chat_renamed"
    CHAT_COLOURED = "chat_coloured"
    CHAT_ICON_CHANGED = "chat_icon_changed"
    CHAT_ICON_REMOVED = "chat_icon_removed"
    LINK_PREVIEWS_ON = "link_previews_on"
    LINK_PREVIEWS_OFF = "link_previews_off"
    LINK_PICTURES_ON = "link_pictures_on"
    LINK_PICTURES_OFF = "link_pictures_off"
    # Only in older entries: these are in the security log now.
    PASSWORD_LINK_MADE = "password_link_made"  # noqa: S105 - the name of an action
    INVITE_MADE = "invite_made"
    INVITE_ENDED = "invite_ended"


class AuditEntry(Model, table=True):
    """An action of a moderator or an owner.

    It outlives its room, so it has a copy of the room's name.
    """

    __tablename__ = "audit_entries"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    actor_id: int = Field(foreign_key="users.id")
    action: str
    room_id: int | None = Field(
        default=None, foreign_key="rooms.id", ondelete="SET NULL", index=True
    )
    room_name: str = ""
    person_id: int | None = Field(default=None, foreign_key="users.id")
    """The user it was done to."""
    message_seq: int | None = None
    reason: str = ""
