"""Files that apps have uploaded, and not sent yet."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from models.base import Model
from models.clock import UtcDateTime, now


class PendingFile(Model, table=True):
    """A stored file that waits for its message; without one it expires, unless it is kept.

    A page sends a file with its message, but an app first uploads it, and then says where it goes.
    Until then it is its owner's alone. The columns are those of an attachment, which it becomes.

    What is uploaded for an encrypted message is kept as long as its owner wants it: only apps know
    which message that is.
    """

    __tablename__ = "pending_files"
    __table_args__ = (
        # Covering indexes for the usage of a person, and in total.
        Index("ix_pending_files_of_user", "user_id", "size"),
        Index("ix_pending_files_by_hash", "hash", "size"),
        Index("ix_pending_files_created", "created_at", sqlite_where="NOT is_kept"),
        Index("ix_pending_files_waiting", "user_id", sqlite_where="NOT is_kept"),
        Index("ix_pending_files_kept", "user_id", "created_at", "size", sqlite_where="is_kept"),
    )

    media_id: str = Field(primary_key=True)
    """Random: what the app calls it, now and when its message is sent."""
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE")
    """Who uploaded it, whose quota it counts towards."""
    hash: str
    name: str
    size: int
    kind: str
    media_type: str
    width: int = 0
    height: int = 0
    awaits_preview: bool = False
    excerpt: str = ""
    is_animated: bool = False
    is_kept: bool = False
    """Whether its owner was in an encrypted room when they uploaded it."""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
