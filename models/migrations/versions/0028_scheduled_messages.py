"""Messages that are sent later."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "scheduled_messages",
        sa.Column(
            "user_id", sa.Integer, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("client_message_id", sa.String, primary_key=True),
        sa.Column(
            "room_id",
            sa.Integer,
            sa.ForeignKey("rooms.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("html", sa.String),
        sa.Column("html_version", sa.Integer, nullable=False),
        sa.Column("reply_to", sa.Integer),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("send_at", sa.DateTime, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("refusal", sa.String, nullable=False),
    )
    op.create_index(
        "ix_scheduled_messages_due",
        "scheduled_messages",
        ["send_at"],
        sqlite_where=sa.text("refusal = ''"),
    )
    op.create_index(
        "ix_scheduled_messages_refused",
        "scheduled_messages",
        ["user_id"],
        sqlite_where=sa.text("refusal != ''"),
    )
