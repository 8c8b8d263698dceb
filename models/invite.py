"""Invite links."""

from datetime import datetime

from sqlmodel import Field

from models.base import Model
from models.clock import UtcDateTime, now


class Invite(Model, table=True):
    """A link for registering, up to `max_uses` times and until `expires_at`.

    It stores the code and not a hash, so that its creator can see the link again.
    """

    __tablename__ = "invites"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    created_by: int = Field(foreign_key="users.id", ondelete="CASCADE")
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    max_uses: int
    uses: int = 0
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
