"""User accounts."""

from datetime import datetime

from sqlmodel import Field

from models.base import Model
from models.clock import UtcDateTime, now


class User(Model, table=True):
    """A person with an account.

    `username_key` is the case-folded username, for login. `skeleton` is the same for names that
    look alike. Both are unique, so that nobody can impersonate another person.
    """

    __tablename__ = "users"

    id: int | None = Field(default=None, primary_key=True)
    username: str
    username_key: str = Field(unique=True)
    skeleton: str = Field(unique=True)
    display_name: str
    """As others see it: with `@username` where others have that name, too."""
    name_likeness: str = Field(default="", index=True)
    """Equal for display names that people may mistake for each other."""
    username_likeness: str = Field(default="", index=True)
    """The same of the username."""
    search_name: str = ""
    """`display_name` and `username`, folded, each word after a space: to find them by."""
    sort_key: bytes = b""
    """The place of `display_name` among others."""
    hue: int
    """The colour of the avatar, as a hue from 0 to 359 degrees."""
    avatar: str = ""
    """The hash of the picture that is shown instead (`models/avatar.py`); empty without one."""
    theme: str = "auto"
    """`auto` (as on the device), `light` or `dark`."""
    password_hash: str
    is_admin: bool = False
    is_bot: bool = False
    """Whether a program writes as this user, and nobody logs in: see `models/webhook.py`."""
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Since when an administrator lets nobody log in with it."""
    about: str = ""
    time_zone: str = ""
    """The IANA time zone of the browser; empty until it is known."""
    shows_receipts: bool = True
    """Whether read receipts are on: without sending them, a person sees nobody else's."""
    shows_last_seen: bool = True
    last_seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When their last open page was closed."""
    has_sound: bool = True
    quiet_from: int | None = None
    """When do-not-disturb begins, in minutes after midnight in `time_zone`."""
    quiet_until: int | None = None
    density: str = "comfortable"
    """`comfortable` (messages in bubbles) or `compact`."""
    text_size: str = "normal"
    """`small`, `normal` or `large`."""
    animations: str = "always"
    """Whether pictures that move play by themselves: `always`, or `click`."""
    language: str = ""
    """The code of a language, such as `hi`; empty for what the browser prefers."""
    last_room_id: int | None = Field(default=None, foreign_key="rooms.id", ondelete="SET NULL")
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
