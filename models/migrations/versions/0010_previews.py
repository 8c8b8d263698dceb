"""Previews that follow their message."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add what says that a preview is still to be made; files from before have theirs."""
    op.add_column(
        "attachments",
        sa.Column("awaits_preview", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_index(
        "ix_attachments_awaiting",
        "attachments",
        ["message_id"],
        sqlite_where=sa.text("awaits_preview"),
        postgresql_where=sa.text("awaits_preview"),
    )
