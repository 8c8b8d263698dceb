"""Sessions of apps and bots."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Add the columns, and the index by which a device has one session at a time."""
    op.add_column(
        "sessions", sa.Column("kind", sa.String, nullable=False, server_default="browser")
    )
    op.add_column("sessions", sa.Column("device_id", sa.String))
    # SQLite adds a reference only together with its column.
    wide = "BIGINT" if op.get_bind().dialect.name == "postgresql" else "INTEGER"
    op.execute(f"ALTER TABLE sessions ADD COLUMN opened_by {wide} REFERENCES sessions (id)")
    op.create_index("ix_sessions_opened_by", "sessions", ["opened_by"])
    live = sa.text("device_id IS NOT NULL AND revoked_at IS NULL")
    op.create_index(
        "ix_sessions_device",
        "sessions",
        ["user_id", "device_id"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )
