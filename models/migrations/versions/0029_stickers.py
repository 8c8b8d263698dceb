"""Stickers, pictures that move, and whether these play by themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Create the table, with the trigger that lets its files go, and add the columns."""
    op.create_table(
        "stickers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "user_id", sa.Integer, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("hash", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("is_animated", sa.Boolean, nullable=False),
        sa.Column("is_shared", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.UniqueConstraint("user_id", "hash"),
    )
    op.create_index("ix_stickers_by_hash", "stickers", ["hash", "size"])
    op.create_index("ix_stickers_shared", "stickers", ["id"], sqlite_where=sa.text("is_shared"))
    op.execute(
        "CREATE TRIGGER stickers_let_go AFTER DELETE ON stickers"
        " BEGIN INSERT OR IGNORE INTO loose_files (hash) VALUES (old.hash); END"
    )
    op.add_column(
        "attachments", sa.Column("is_animated", sa.Boolean, nullable=False, server_default="0")
    )
    # Of other types it is not known. A GIF that does not move gets a button that changes nothing.
    op.execute(
        "UPDATE attachments SET is_animated = 1 WHERE media_type = 'image/gif' AND kind = 'picture'"
    )
    op.drop_index("ix_attachments_of_user", "attachments")
    op.create_index(
        "ix_attachments_of_user",
        "attachments",
        ["user_id", "size", "kind"],
        sqlite_where=sa.text("kind != 'sticker'"),
    )
    op.create_index(
        "ix_attachments_stickers",
        "attachments",
        ["user_id", "hash", "size", "kind"],
        sqlite_where=sa.text("kind = 'sticker'"),
    )
    op.add_column(
        "users", sa.Column("animations", sa.String, nullable=False, server_default="always")
    )
