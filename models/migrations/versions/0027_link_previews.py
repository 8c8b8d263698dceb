"""Previews of links, and whether administrators want them."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Create the tables, and add the switch, which is off."""
    op.create_table(
        "link_previews",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("address_hash", sa.String, nullable=False),
        sa.Column("url", sa.String, nullable=False),
        sa.Column("site", sa.String, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("description", sa.String, nullable=False),
        sa.Column("is_failed", sa.Boolean, nullable=False),
        sa.Column("fetched_at", sa.DateTime, nullable=False),
    )
    op.create_index("ix_link_previews_address_hash", "link_previews", ["address_hash"])
    op.create_table(
        "message_links",
        sa.Column(
            "message_id",
            sa.Integer,
            sa.ForeignKey("messages.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("address_hash", sa.String, nullable=False),
        sa.Column("preview_id", sa.Integer, sa.ForeignKey("link_previews.id", ondelete="SET NULL")),
    )
    op.create_index("ix_message_links_preview_id", "message_links", ["preview_id"])
    op.add_column(
        "chat_settings",
        sa.Column("has_link_previews", sa.Boolean, nullable=False, server_default=sa.text("0")),
    )
