"""What the push gateway of an app has to be told, besides what every device has."""

from datetime import datetime

from sqlmodel import Field, Index

from models.base import Model
from models.clock import UtcDateTime, now


class Pusher(Model, table=True):
    """How an app wants to be notified: its subscription leads to a gateway, not to a browser."""

    __tablename__ = "pushers"
    __table_args__ = (Index("ix_pushers_key", "app_id", "pushkey"),)

    subscription_id: int = Field(
        foreign_key="push_subscriptions.id", ondelete="CASCADE", primary_key=True
    )
    app_id: str
    pushkey: str
    """By which the gateway knows the device."""
    app_name: str
    device_name: str
    profile_tag: str
    language: str
    """As the app has it."""
    data: str
    """JSON that the gateway is given back."""
    changed_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    """When the pushkey was set."""
