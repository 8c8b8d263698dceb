"""Login sessions."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, Index

from models.base import Model
from models.clock import UtcDateTime, now


class SessionKind(StrEnum):
    """What uses a session. These values are stored, so never change one."""

    BROWSER = "browser"
    """The pages, with a cookie."""
    APP = "app"
    """An app that logged in, with a bearer token."""
    BOT = "bot"
    """A program that was given a token, which the user made on the account page."""


class LoginSession(Model, table=True):
    """A login on one device, which can be listed and revoked.

    The browser, app or bot has a random token. Only its hash is stored, so that a copy of the
    database gives access to no account.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        Index(
            "ix_sessions_device",
            "user_id",
            "device_id",
            unique=True,
            sqlite_where="device_id IS NOT NULL AND revoked_at IS NULL",
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    kind: str = SessionKind.BROWSER
    """One of `SessionKind`."""
    device_id: str | None = None
    """By which apps know the device; browsers have none. One live session of a user has it."""
    opened_by: int | None = Field(default=None, foreign_key="sessions.id", index=True)
    """The bot's token that an app gave in place of the password: its session ends with it."""
    device: str
    """The browser and system, the app, or the name that the user gave a token."""
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
