"""Which notices about their account each session has shown."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the column."""
    op.add_column(
        "sessions", sa.Column("notices_shown", sa.Integer, nullable=False, server_default="0")
    )
