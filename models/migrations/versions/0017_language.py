"""The language that each user has chosen."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the column."""
    op.add_column("users", sa.Column("language", sa.String, nullable=False, server_default=""))
