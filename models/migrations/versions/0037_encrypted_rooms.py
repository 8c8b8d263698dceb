"""Encrypted rooms: how they are encrypted, and what is said in them."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
WIDE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")


def upgrade() -> None:
    """Add the column, the table, and the index that finds edits among unread messages."""
    op.add_column("rooms", sa.Column("encryption", sa.String, nullable=False, server_default=""))
    op.create_table(
        "encrypted_messages",
        sa.Column(
            "message_id", WIDE, sa.ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("content", sa.String, nullable=False),
        sa.Column("replaces_id", WIDE, sa.ForeignKey("messages.id", ondelete="CASCADE")),
    )
    op.create_index("ix_encrypted_messages_replaces_id", "encrypted_messages", ["replaces_id"])
    is_edit = sa.text("kind = 'encrypted_edit'")
    op.create_index(
        "ix_messages_encrypted_edits",
        "messages",
        ["room_id", "seq"],
        sqlite_where=is_edit,
        postgresql_where=is_edit,
    )
