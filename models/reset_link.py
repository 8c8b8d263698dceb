"""Password reset links."""

from datetime import datetime

from sqlmodel import Field

from models.base import Model
from models.clock import UtcDateTime, now


class ResetLink(Model, table=True):
    """A link that sets a new password, once. Only the hash of its token is stored."""

    __tablename__ = "reset_links"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    created_by: int | None = None
    """The administrator who made it; None for the terminal."""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it was used, or ended because of something else."""
