"""Pictures of linked pages; and failed attempts to get a preview are no longer stored."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Create the table, add the switch, and let the failed attempts go."""
    op.create_table(
        "link_pictures",
        sa.Column(
            "preview_id",
            sa.Integer,
            sa.ForeignKey("link_previews.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("hash", sa.String, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("is_large", sa.Boolean, nullable=False),
        sa.Column("alt", sa.String, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_link_pictures_size", "link_pictures", ["preview_id", "size"])
    op.add_column(
        "chat_settings",
        sa.Column("has_link_pictures", sa.Boolean, nullable=False, server_default=sa.text("1")),
    )
    # Whoever has turned previews on has agreed to words.
    op.execute("UPDATE chat_settings SET has_link_pictures = 0 WHERE has_link_previews")
    op.execute(
        "DELETE FROM message_links WHERE preview_id IN"
        " (SELECT id FROM link_previews WHERE is_failed)"
    )
    op.execute("DELETE FROM link_previews WHERE is_failed")
    op.drop_column("link_previews", "is_failed")
