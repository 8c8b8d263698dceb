"""Which messages reply to a message."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Add the index, by which they are counted without reading their rows."""
    op.create_index(
        "ix_messages_replies",
        "messages",
        ["reply_to_id", "seq", "deleted_at"],
        sqlite_where=sa.text("reply_to_id IS NOT NULL AND deleted_at IS NULL"),
    )
