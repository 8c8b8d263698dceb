"""The security log, and the address of each session for it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

FIRST_HASH = "0" * 64


def upgrade() -> None:
    """Create the tables, and add the address."""
    op.create_table(
        "security_events",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("actor_id", sa.Integer),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("person_id", sa.Integer),
        sa.Column("person", sa.String, nullable=False),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("device", sa.String, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("detail", sa.String, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
    )
    state = op.create_table(
        "security_log_state",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("dropped_id", sa.Integer, nullable=False),
        sa.Column("dropped_hash", sa.String, nullable=False),
        sa.Column("newest_id", sa.Integer, nullable=False),
        sa.Column("newest_hash", sa.String, nullable=False),
    )
    op.bulk_insert(
        state,
        [
            {
                "id": 1,
                "dropped_id": 0,
                "dropped_hash": FIRST_HASH,
                "newest_id": 0,
                "newest_hash": FIRST_HASH,
            }
        ],
    )
    op.add_column("sessions", sa.Column("address", sa.String, nullable=False, server_default=""))
