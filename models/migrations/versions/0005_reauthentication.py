"""When the user of a session last proved who they are."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column; sessions that are open already count as not confirmed."""
    op.add_column("sessions", sa.Column("confirmed_at", sa.DateTime))
