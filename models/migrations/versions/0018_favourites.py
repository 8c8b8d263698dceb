"""Which rooms each person keeps among their favourites."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the column."""
    op.add_column(
        "memberships",
        sa.Column("is_favourite", sa.Boolean, nullable=False, server_default=sa.false()),
    )
