"""Encrypted rooms: how they are encrypted, what is said in them, and the files of apps there."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
WIDE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")


def upgrade() -> None:
    """Add the columns and the table, and indexes: of edits, and of uploads that wait or stay."""
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
    op.add_column(
        "pending_files",
        sa.Column("is_kept", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.drop_index("ix_pending_files_created", "pending_files")
    waits, stays = sa.text("NOT is_kept"), sa.text("is_kept")
    for name, columns, condition in (
        ("created", ["created_at"], waits),
        ("waiting", ["user_id"], waits),
        ("kept", ["user_id", "created_at", "size"], stays),
    ):
        op.create_index(
            f"ix_pending_files_{name}",
            "pending_files",
            columns,
            sqlite_where=condition,
            postgresql_where=condition,
        )
