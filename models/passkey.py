"""Passkeys."""

from datetime import datetime

from sqlmodel import Field

from models.base import Model
from models.clock import UtcDateTime, now


class Passkey(Model, table=True):
    """A public key of a user, whose private key their device keeps (WebAuthn Level 2)."""

    __tablename__ = "passkeys"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    credential_id: str = Field(unique=True)
    """As base64url."""
    public_key: bytes
    """COSE-encoded."""
    sign_count: int
    """How often it was used, by its own count; 0 where the device does not count."""
    rp_id: str
    """The host name that it belongs to; browsers use it nowhere else."""
    transports: str
    """How it is reached, such as `internal` or `usb`, separated by spaces."""
    name: str
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
