"""Browsers that are not asked for the second factor."""

from datetime import datetime

from sqlmodel import Field

from models.base import Model
from models.clock import UtcDateTime


class TrustedDevice(Model, table=True):
    """A browser in which the second factor is not asked for until `expires_at`.

    Only a hash of the id in its device cookie is stored.
    """

    __tablename__ = "trusted_devices"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    device_hash: str = Field(unique=True)
    expires_at: datetime = Field(sa_type=UtcDateTime)
