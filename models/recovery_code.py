"""Recovery codes."""

from datetime import datetime

from sqlmodel import Field, UniqueConstraint

from models.base import Model
from models.clock import UtcDateTime


class RecoveryCode(Model, table=True):
    """A code that replaces the second factor, once. Only a hash of its secret part is stored."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("user_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE")
    number: str
    """The first part of the code: it says which row to compare with."""
    code_hash: str
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
