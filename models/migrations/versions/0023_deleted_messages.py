"""Which messages are deleted: they do not count as unread."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Add the index, which has no entry for any other message."""
    op.create_index(
        "ix_messages_deleted",
        "messages",
        ["room_id", "seq"],
        sqlite_where=sa.text("deleted_at IS NOT NULL"),
    )
