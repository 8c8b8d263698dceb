"""The name, the accent and the icon of the chat."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "chat_settings",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("accent", sa.String, nullable=False),
        sa.Column("is_begun", sa.Boolean, nullable=False),
    )
    op.create_table(
        "chat_icons",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
