"""Password reset links."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.clock import UtcDateTime, now


class ResetLink(SQLModel, table=True):
    """A link that sets a new password, once. Only the hash of its token is stored."""

    __tablename__ = "reset_links"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
