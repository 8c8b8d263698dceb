"""How long a voice note is."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Add the column; recordings from before have a length in their file."""
    op.add_column(
        "attachments", sa.Column("seconds", sa.Integer, nullable=False, server_default="0")
    )
