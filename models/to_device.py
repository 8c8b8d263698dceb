"""What devices send to devices, until it is delivered."""

from sqlalchemy import Index
from sqlmodel import Field

from models.base import Model
from models.key_device import of_device


class ToDeviceMessage(Model, table=True):
    """Something that waits for a device."""

    __tablename__ = "to_device_messages"
    __table_args__ = (
        of_device(),
        Index("ix_to_device_messages_sender", "user_id", "device_id", "sender_id", "number"),
    )

    user_id: int = Field(primary_key=True)
    device_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    """Counts what this device was ever sent."""
    sender_id: int = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    type: str
    content: str
    """JSON."""


class ToDeviceTransaction(Model, table=True):
    """That a device has sent something already, should it ask again because it got no answer."""

    __tablename__ = "to_device_transactions"
    __table_args__ = (
        of_device(),
        Index("ix_to_device_transactions_number", "user_id", "device_id", "number"),
    )

    user_id: int = Field(primary_key=True)
    device_id: str = Field(primary_key=True)
    hash: str = Field(primary_key=True)
    """Of the type and the transaction id."""
    number: int
