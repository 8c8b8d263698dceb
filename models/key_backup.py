"""Backups of the keys of rooms that apps make: encrypted with a key that the chat does not have."""

from sqlalchemy import ForeignKeyConstraint
from sqlmodel import Field

from models.base import Model


class KeyBackup(Model, table=True):
    """A version of a user's backup."""

    __tablename__ = "key_backups"

    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    version: int = Field(primary_key=True)
    algorithm: str
    auth_data: str
    """JSON."""
    etag: int = 0
    """Grows with every change of a key."""
    count: int = 0
    """How many keys it has."""
    size: int = 0
    """How many characters they take."""
    is_deleted: bool = False
    """The row with the highest version stays, so that no version is used again."""


class BackedUpKey(Model, table=True):
    """The key of a session of a room in a backup."""

    __tablename__ = "backed_up_keys"
    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "version"],
            ["key_backups.user_id", "key_backups.version"],
            ondelete="CASCADE",
        ),
    )

    user_id: int = Field(primary_key=True)
    version: int = Field(primary_key=True)
    room: str = Field(primary_key=True)
    """The id of the room, as the app has it."""
    session: str = Field(primary_key=True)
    first_message_index: int
    forwarded_count: int
    is_verified: bool
    content: str
    """What is encrypted: JSON."""
