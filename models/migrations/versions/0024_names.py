"""Forms of names to find and to sort them by; filled at the next start."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

COLUMNS = (("users", "search_name"), ("rooms", "search_name"), ("rooms", "search_topic"))


def upgrade() -> None:
    """Add the columns, empty."""
    for table, column in COLUMNS:
        op.add_column(table, sa.Column(column, sa.String, nullable=False, server_default=""))
    for table in ("users", "rooms"):
        key = sa.Column("sort_key", sa.LargeBinary, nullable=False, server_default=sa.text("x''"))
        op.add_column(table, key)
