"""Authenticator apps."""

from datetime import datetime

from sqlmodel import Field

from models.base import Model
from models.clock import UtcDateTime, now


class TotpSecret(Model, table=True):
    """What a user's authenticator app makes its codes from (TOTP, RFC 6238).

    Encrypted, as the server has to read it: see `services/accounts/factors/totp.py`.
    """

    __tablename__ = "totp_secrets"

    user_id: int | None = Field(
        default=None, primary_key=True, foreign_key="users.id", ondelete="CASCADE"
    )
    secret: str
    last_step: int
    """The time step of the last code that was used; older ones and this one are refused."""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
