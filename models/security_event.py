"""The security log: logins, refusals and changes of accounts, chained by hash."""

from enum import StrEnum

from sqlmodel import Field

from models.base import Model


class SecurityKind(StrEnum):
    """What happened. These values are stored, so never change one; pages have the wording."""

    LOGIN = "login"
    LOGIN_FAILED = "login_failed"
    LOGOUT = "logout"
    SESSION_ENDED = "session_ended"
    SESSIONS_ENDED = "sessions_ended"
    REGISTERED = "registered"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - here and below: names of events
    RESET_LINK_MADE = "reset_link_made"
    RESET_LINK_USED = "reset_link_used"
    RESET_LINK_REVOKED = "reset_link_revoked"
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    FACTOR_FAILED = "factor_failed"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    RECOVERY_CODE_USED = "recovery_code_used"
    TOKEN_MADE = "token_made"  # noqa: S105
    TOKEN_REVOKED = "token_revoked"  # noqa: S105
    INVITE_MADE = "invite_made"
    INVITE_ENDED = "invite_ended"
    ADMIN_MADE = "admin_made"
    ADMIN_UNMADE = "admin_unmade"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_ENABLED = "account_enabled"
    THROTTLED = "throttled"
    REFUSED = "refused"
    TRIMMED = "trimmed"
    """Old entries were dropped; `detail` has the id and the hash of the last of them."""


class SecurityEvent(Model, table=True):
    """An entry of the security log. It refers to no other table, so it never changes.

    `hash` is the SHA-256 of the entry before it and of everything else here: see
    `services/accounts/security/security_chain.py`.
    """

    __tablename__ = "security_events"

    id: int = Field(primary_key=True)
    """Without gaps."""
    at: str
    """In UTC, as ISO 8601 with microseconds; text, so that the hash is of what is stored."""
    kind: str
    actor_id: int | None = None
    actor: str = ""
    """The username of who did it, if they were logged in."""
    person_id: int | None = None
    person: str = ""
    """The username of the account it concerns, if that is not the actor's."""
    address: str = ""
    device: str = ""
    count: int = 1
    """How often it happened within a minute."""
    detail: str = ""
    hash: str


class SecurityLogState(Model, table=True):
    """Where the chain of the security log begins and ends. The table has one row."""

    __tablename__ = "security_log_state"

    id: int = Field(default=1, primary_key=True)
    dropped_id: int = 0
    """The last entry that was dropped because of its age; 0 for none."""
    dropped_hash: str
    newest_id: int = 0
    newest_hash: str
