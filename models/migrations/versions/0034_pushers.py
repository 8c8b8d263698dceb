"""How apps want to be notified."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
WIDE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "pushers",
        sa.Column(
            "subscription_id",
            WIDE,
            sa.ForeignKey("push_subscriptions.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("app_id", sa.String, nullable=False),
        sa.Column("pushkey", sa.String, nullable=False),
        sa.Column("app_name", sa.String, nullable=False),
        sa.Column("device_name", sa.String, nullable=False),
        sa.Column("profile_tag", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("data", sa.String, nullable=False),
        sa.Column("changed_at", sa.DateTime, nullable=False),
    )
    op.create_index("ix_pushers_key", "pushers", ["app_id", "pushkey"])
