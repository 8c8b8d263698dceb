"""The HTML of messages beside their text. It is made when a message is first read."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the columns, which takes no time for any number of messages."""
    for table in ("messages", "message_versions"):
        op.add_column(table, sa.Column("html", sa.String))
        op.add_column(
            table, sa.Column("html_version", sa.Integer, nullable=False, server_default="0")
        )
