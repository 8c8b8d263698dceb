"""Which stickers that a chat begins with are hidden, and an index of the pictures that move."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    """Create the table, and the index that finds moving pictures to send again."""
    op.create_table(
        "hidden_starters",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("is_removed", sa.Boolean, nullable=False),
    )
    moves = sa.text("is_animated AND kind = 'picture'")
    op.create_index(
        "ix_attachments_moving",
        "attachments",
        ["message_id"],
        sqlite_where=moves,
        postgresql_where=moves,
    )
