"""Devices of apps that encrypt: their public keys, which mean nothing to the chat."""

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint
from sqlmodel import Field

from models.base import Model


def of_device(*columns: str) -> ForeignKeyConstraint:
    """Return the reference to a device of what goes with it; `columns` are its user and its id."""
    return ForeignKeyConstraint(
        columns or ("user_id", "device_id"),
        ["key_devices.user_id", "key_devices.device_id"],
        ondelete="CASCADE",
    )


class KeyDevice(Model, table=True):
    """A device that has uploaded keys, or is sent something. What it has goes with the row.

    It outlives a session that is over by its age: the app may log in again with the same device.
    """

    __tablename__ = "key_devices"

    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    device_id: str = Field(primary_key=True)
    identity: str | None = None
    """Its keys, as it has uploaded them: JSON. None if it has not."""
    counts: str = "{}"
    """How many one-time keys are left, by algorithm: JSON, so that they need not be counted."""
    fallbacks: str = "[]"
    """The algorithms whose fallback key nobody has claimed yet: JSON."""
    last_message: int = 0
    """The number of the last message it was sent. Not used again when all are delivered."""
    last_sent: int = 0
    """The number of the last transaction in which it has sent something to other devices."""


class OneTimeKey(Model, table=True):
    """A key that is handed out once. One that was is kept for a while, without its content.

    So it is not taken again when the device, which got no answer, uploads it once more.
    """

    __tablename__ = "one_time_keys"
    __table_args__ = (
        of_device(),
        UniqueConstraint("user_id", "device_id", "algorithm", "key_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    user_id: int
    device_id: str
    algorithm: str
    key_id: str
    content: str | None
    """JSON; None once it is handed out."""


class FallbackKey(Model, table=True):
    """The key that is handed out, to any number of people, when no one-time key is left."""

    __tablename__ = "fallback_keys"
    __table_args__ = (of_device(),)

    user_id: int = Field(primary_key=True)
    device_id: str = Field(primary_key=True)
    algorithm: str = Field(primary_key=True)
    key_id: str
    content: str
    """JSON."""
    is_used: bool = False


class DeviceListChange(Model, table=True):
    """When the devices or keys of a user changed last, as a position among all such changes."""

    __tablename__ = "device_list_changes"

    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    position: int = Field(unique=True)
