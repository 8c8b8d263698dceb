"""A person with an account."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.clock import UtcDateTime, now


class User(SQLModel, table=True):
    """A person with an account.

    `username_key` is what logging in looks up (no regard to case), `skeleton` what two
    names that look alike share; both are unique, so nobody can pass for somebody else.
    """

    __tablename__ = "users"

    id: int | None = Field(default=None, primary_key=True)
    username: str
    username_key: str = Field(unique=True)
    skeleton: str = Field(unique=True)
    display_name: str
    hue: int
    """The colour of the avatar, in degrees of the colour wheel (0 to 359)."""
    theme: str = "auto"
    """`auto` follows the device; `light` and `dark` do not."""
    password_hash: str
    is_admin: bool = False
    about: str = ""
    time_zone: str = ""
    """The IANA name of the zone the person's browser is in; empty while that is not known."""
    shows_receipts: bool = True
    """Whether others see how far this person has read; who hides that sees nobody's."""
    shows_last_seen: bool = True
    last_seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the last of their pages was closed."""
    has_sound: bool = True
    quiet_from: int | None = None
    """When their do-not-disturb begins, in minutes after midnight where they are."""
    quiet_until: int | None = None
    last_room_id: int | None = Field(default=None, foreign_key="rooms.id", ondelete="SET NULL")
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
