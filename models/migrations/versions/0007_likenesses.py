"""Keys by which names are compared that look alike; filled at the next start."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

COLUMNS = (("users", "name_likeness"), ("users", "username_likeness"), ("rooms", "name_likeness"))


def upgrade() -> None:
    """Add the columns, empty, with indexes."""
    for table, column in COLUMNS:
        op.add_column(table, sa.Column(column, sa.String, nullable=False, server_default=""))
        op.create_index(f"ix_{table}_{column}", table, [column])
