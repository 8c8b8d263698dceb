"""Login sessions."""

from datetime import datetime

from sqlmodel import Field

from models.base import Model
from models.clock import UtcDateTime, now


class LoginSession(Model, table=True):
    """A login on one device, which can be listed and revoked.

    The browser has a random token. Only its hash is stored, so that a copy of the database gives
    access to no account.
    """

    __tablename__ = "sessions"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    device: str
    address: str = ""
    """The network it was opened from; empty for one from before it was kept."""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    last_seen_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    confirmed_at: datetime | None = Field(default_factory=now, sa_type=UtcDateTime)
    """When the user last proved who they are: by logging in, or when they were asked again."""
    notices_shown: int = 0
    """The id of the last notice about the account that this session has shown."""
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
