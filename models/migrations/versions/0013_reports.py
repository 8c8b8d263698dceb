"""Reports of messages to moderators and administrators."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "reports",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "room_id", sa.Integer, sa.ForeignKey("rooms.id", ondelete="SET NULL"), index=True
        ),
        sa.Column("room_name", sa.String, nullable=False),
        sa.Column("message_id", sa.Integer, nullable=False),
        sa.Column("message_seq", sa.Integer, nullable=False),
        sa.Column("author_id", sa.Integer, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("reporter_id", sa.Integer, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("handled_at", sa.DateTime),
        sa.Column("handled_by", sa.Integer, sa.ForeignKey("users.id")),
        sa.UniqueConstraint("reporter_id", "message_id"),
    )
