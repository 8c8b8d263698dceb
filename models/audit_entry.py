"""What somebody did with the power they have over others."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.clock import UtcDateTime, now


class AuditEntry(SQLModel, table=True):
    """What a moderator, an owner or an administrator did, to whom, and why.

    It outlives the room it tells of, so the room's name is kept with it.
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
    """Whom it was done to."""
    message_seq: int | None = None
    reason: str = ""
