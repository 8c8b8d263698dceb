"""How close together messages are, and how large texts are, for each user."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the columns."""
    for name, default in (("density", "comfortable"), ("text_size", "normal")):
        op.add_column("users", sa.Column(name, sa.String, nullable=False, server_default=default))
