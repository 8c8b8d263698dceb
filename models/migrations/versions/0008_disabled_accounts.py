"""Accounts that are disabled, and who made a password reset link."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("users", sa.Column("disabled_at", sa.DateTime))
    op.add_column("reset_links", sa.Column("created_by", sa.Integer))
