"""Webhooks, and the bots whose messages they post."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

# Integer on SQLite, where a primary key must be one to count up.
WIDE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")


def upgrade() -> None:
    """Create the table, and add the column that tells bots from people."""
    op.add_column(
        "users", sa.Column("is_bot", sa.Boolean, nullable=False, server_default=sa.false())
    )
    if op.get_bind().dialect.name == "postgresql":  # a new database there has none either
        op.alter_column("users", "is_bot", server_default=None)
    op.create_table(
        "webhooks",
        sa.Column("id", WIDE, primary_key=True),
        sa.Column("room_id", WIDE, sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column(
            "user_id",
            WIDE,
            sa.ForeignKey("users.id", ondelete="CASCADE"),
            nullable=False,
            unique=True,
        ),
        sa.Column("token_hash", sa.String, nullable=False, unique=True),
        sa.Column("created_by", WIDE, sa.ForeignKey("users.id", ondelete="SET NULL")),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("last_used_at", sa.DateTime),
    )
    op.create_index("ix_webhooks_room_id", "webhooks", ["room_id"])
