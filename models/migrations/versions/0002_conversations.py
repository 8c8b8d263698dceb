"""Conversations: direct messages, moderators, edits, mentions, reactions, polls and the rest."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

NO = sa.text("0")
YES = sa.text("1")
EMPTY = sa.text("''")


def upgrade() -> None:
    """Add columns to the first tables, and create the new ones."""
    _alter_users()
    _alter_rooms()
    _alter_messages()
    op.create_table(
        "message_versions",
        sa.Column("id", sa.Integer, primary_key=True),
        _key("messages.id", "message_id", index=True),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("written_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "mentions",
        sa.Column("id", sa.Integer, primary_key=True),
        _key("messages.id", "message_id", index=True),
        _key("users.id", "user_id", nullable=True),
        _key("rooms.id", "room_id"),
        sa.Column("seq", sa.Integer, nullable=False),
    )
    op.create_index("ix_mentions_of_user", "mentions", ["user_id", "room_id", "seq"])
    _partial_index("ix_mentions_of_everybody", "mentions", ["room_id", "seq"], "user_id IS NULL")
    op.create_table(
        "reactions",
        _key("messages.id", "message_id", primary_key=True),
        sa.Column("emoji", sa.String, primary_key=True),
        _key("users.id", "user_id", primary_key=True),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )
    _create_polls()
    op.create_table(
        "saved_messages",
        _key("users.id", "user_id", primary_key=True),
        _key("messages.id", "message_id", primary_key=True, index=True),
        sa.Column("saved_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "blocks",
        _key("users.id", "user_id", primary_key=True),
        _key("users.id", "blocked_id", primary_key=True, index=True),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("actor_id", sa.Integer, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column(
            "room_id", sa.Integer, sa.ForeignKey("rooms.id", ondelete="SET NULL"), index=True
        ),
        sa.Column("room_name", sa.String, nullable=False),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("users.id")),
        sa.Column("message_seq", sa.Integer),
        sa.Column("reason", sa.String, nullable=False),
    )


def _alter_users() -> None:
    _add(
        "users",
        sa.Column("about", sa.String, nullable=False, server_default=EMPTY),
        sa.Column("time_zone", sa.String, nullable=False, server_default=EMPTY),
        sa.Column("shows_receipts", sa.Boolean, nullable=False, server_default=YES),
        sa.Column("shows_last_seen", sa.Boolean, nullable=False, server_default=YES),
        sa.Column("last_seen_at", sa.DateTime),
        sa.Column("has_sound", sa.Boolean, nullable=False, server_default=YES),
        sa.Column("quiet_from", sa.Integer),
        sa.Column("quiet_until", sa.Integer),
    )


def _alter_rooms() -> None:
    _add(
        "rooms",
        sa.Column("people_key", sa.String),
        sa.Column("is_announcement", sa.Boolean, nullable=False, server_default=NO),
        sa.Column("last_change", sa.Integer, nullable=False, server_default=NO),
        sa.Column("archived_at", sa.DateTime),
        sa.Column("deleted_at", sa.DateTime),
    )
    op.create_index("uq_rooms_people_key", "rooms", ["people_key"], unique=True)
    op.create_index("ix_rooms_deleted_at", "rooms", ["deleted_at"])
    _add(
        "memberships",
        sa.Column("last_read_at", sa.DateTime),
        sa.Column("unread_from", sa.Integer, nullable=False, server_default=NO),
        sa.Column("notify", sa.String, nullable=False, server_default=sa.text("'mentions'")),
    )


def _alter_messages() -> None:
    _add(
        "messages",
        sa.Column("kind", sa.String, nullable=False, server_default=sa.text("'text'")),
        sa.Column("mentions", sa.JSON),
        sa.Column("is_forwarded", sa.Boolean, nullable=False, server_default=NO),
        sa.Column("change", sa.Integer, nullable=False, server_default=NO),
        sa.Column("edited_at", sa.DateTime),
        sa.Column("deleted_at", sa.DateTime),
        sa.Column("pinned_at", sa.DateTime),
    )
    # As SQL: Alembic would copy the table to add these, and dropping the old one would delete
    # all rows that refer to it.
    op.execute("ALTER TABLE messages ADD COLUMN reply_to_id INTEGER REFERENCES messages (id)")
    op.execute("ALTER TABLE messages ADD COLUMN deleted_by INTEGER REFERENCES users (id)")
    op.create_index("ix_messages_reply_to_id", "messages", ["reply_to_id"])
    _partial_index("ix_messages_changed", "messages", ["room_id", "change"], "change > 0")
    _partial_index(
        "ix_messages_pinned", "messages", ["room_id", "pinned_at"], "pinned_at IS NOT NULL"
    )


def _create_polls() -> None:
    op.create_table(
        "polls",
        _key("messages.id", "message_id", primary_key=True),
        sa.Column("is_multiple", sa.Boolean, nullable=False),
        sa.Column("is_anonymous", sa.Boolean, nullable=False),
        sa.Column("closes_at", sa.DateTime, index=True),
    )
    op.create_table(
        "poll_options",
        _key("polls.message_id", "message_id", primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("text", sa.String, nullable=False),
    )
    op.create_table(
        "poll_votes",
        _key("polls.message_id", "message_id", primary_key=True),
        _key("users.id", "user_id", primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("voted_at", sa.DateTime, nullable=False),
    )


def _add(table: str, *columns: sa.Column[Any]) -> None:
    for column in columns:
        op.add_column(table, column)


def _key(
    target: str,
    name: str,
    *,
    primary_key: bool = False,
    nullable: bool = False,
    index: bool = False,
) -> sa.Column[int]:
    return sa.Column(
        name,
        sa.Integer,
        sa.ForeignKey(target, ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=nullable,
        index=index,
    )


def _partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
