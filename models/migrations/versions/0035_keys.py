"""Keys of apps that encrypt, what their devices send each other, and the epoch of positions."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
WIDE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")


def upgrade() -> None:
    """Create the tables, and add the epoch."""
    op.create_table(
        "key_devices",
        _of_user("user_id"),
        sa.Column("device_id", sa.String, primary_key=True),
        sa.Column("identity", sa.String),
        sa.Column("counts", sa.String, nullable=False),
        sa.Column("fallbacks", sa.String, nullable=False),
        sa.Column("last_message", WIDE, nullable=False),
        sa.Column("last_sent", WIDE, nullable=False),
    )
    op.create_table(
        "one_time_keys",
        sa.Column("id", WIDE, primary_key=True),
        sa.Column("user_id", WIDE, nullable=False),
        sa.Column("device_id", sa.String, nullable=False),
        sa.Column("algorithm", sa.String, nullable=False),
        sa.Column("key_id", sa.String, nullable=False),
        sa.Column("content", sa.String),
        _of_device(),
        sa.UniqueConstraint("user_id", "device_id", "algorithm", "key_id"),
    )
    op.create_table(
        "fallback_keys",
        *_device_in_key(),
        sa.Column("algorithm", sa.String, primary_key=True),
        sa.Column("key_id", sa.String, nullable=False),
        sa.Column("content", sa.String, nullable=False),
        sa.Column("is_used", sa.Boolean, nullable=False),
        _of_device(),
    )
    op.create_table(
        "device_list_changes",
        _of_user("user_id"),
        sa.Column("position", WIDE, nullable=False, unique=True),
    )
    op.create_table(
        "to_device_messages",
        *_device_in_key(),
        sa.Column("number", WIDE, primary_key=True),
        sa.Column("sender_id", WIDE, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("content", sa.String, nullable=False),
        _of_device(),
    )
    op.create_index("ix_to_device_messages_sender_id", "to_device_messages", ["sender_id"])
    op.create_index(
        "ix_to_device_messages_sender",
        "to_device_messages",
        ["user_id", "device_id", "sender_id", "number"],
    )
    op.create_table(
        "to_device_transactions",
        *_device_in_key(),
        sa.Column("hash", sa.String, primary_key=True),
        sa.Column("number", WIDE, nullable=False),
        _of_device(),
    )
    op.create_index(
        "ix_to_device_transactions_number",
        "to_device_transactions",
        ["user_id", "device_id", "number"],
    )
    _create_signing()
    _create_backups()
    op.add_column("chat_settings", sa.Column("epoch", WIDE, nullable=False, server_default="0"))


def _create_signing() -> None:
    op.create_table(
        "cross_signing_keys",
        _of_user("user_id"),
        sa.Column("usage", sa.String, primary_key=True),
        sa.Column("content", sa.String, nullable=False),
    )
    op.create_table(
        "key_signatures",
        _of_user("user_id"),
        sa.Column("key_id", sa.String, primary_key=True),
        _of_user("signer_id"),
        sa.Column("signer_key", sa.String, primary_key=True),
        sa.Column("signature", sa.String, nullable=False),
    )
    op.create_index("ix_key_signatures_signer_id", "key_signatures", ["signer_id"])


def _create_backups() -> None:
    op.create_table(
        "key_backups",
        _of_user("user_id"),
        sa.Column("version", WIDE, primary_key=True),
        sa.Column("algorithm", sa.String, nullable=False),
        sa.Column("auth_data", sa.String, nullable=False),
        sa.Column("etag", WIDE, nullable=False),
        sa.Column("count", WIDE, nullable=False),
        sa.Column("size", WIDE, nullable=False),
        sa.Column("is_deleted", sa.Boolean, nullable=False),
    )
    op.create_table(
        "backed_up_keys",
        sa.Column("user_id", WIDE, primary_key=True),
        sa.Column("version", WIDE, primary_key=True),
        sa.Column("room", sa.String, primary_key=True),
        sa.Column("session", sa.String, primary_key=True),
        sa.Column("first_message_index", WIDE, nullable=False),
        sa.Column("forwarded_count", WIDE, nullable=False),
        sa.Column("is_verified", sa.Boolean, nullable=False),
        sa.Column("content", sa.String, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id", "version"],
            ["key_backups.user_id", "key_backups.version"],
            ondelete="CASCADE",
        ),
    )


def _of_user(name: str) -> sa.Column[int]:
    return sa.Column(name, WIDE, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)


def _device_in_key() -> tuple[sa.Column[int], sa.Column[str]]:
    return (
        sa.Column("user_id", WIDE, primary_key=True),
        sa.Column("device_id", sa.String, primary_key=True),
    )


def _of_device() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["user_id", "device_id"],
        ["key_devices.user_id", "key_devices.device_id"],
        ondelete="CASCADE",
    )
