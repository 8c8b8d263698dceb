"""Notices to people about the security of their account."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field

from models.base import Model
from models.clock import UtcDateTime, now


class NoticeKind(StrEnum):
    """What happened. These values are stored, so never change one; pages have the wording."""

    NEW_LOGIN = "new_login"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of a kind
    APP_ADDED = "app_added"
    APP_REMOVED = "app_removed"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    FACTORS_REMOVED_BY_ADMIN = "factors_removed_by_admin"
    TOKEN_MADE = "token_made"  # noqa: S105
    CODES_RENEWED = "codes_renewed"
    CODE_USED = "code_used"


class SecurityNotice(Model, table=True):
    """A notice for a user that none of their pages has shown yet; it is deleted once shown."""

    __tablename__ = "security_notices"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    kind: str
    detail: str
    """Such as the device and address of a login, or the name of a factor."""
    session_id: int | None = Field(default=None, foreign_key="sessions.id", ondelete="SET NULL")
    """The session that did it: its pages need not be told."""
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
