"""What happens in rooms besides messages, what apps store, and the chat's name for apps."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
WIDE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")


def upgrade() -> None:
    """Create the tables, and list the reactions that there are."""
    op.create_table(
        "room_events",
        sa.Column("id", WIDE, primary_key=True),
        sa.Column("room_id", WIDE, sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column("after_id", WIDE, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("user_id", WIDE, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("message_id", WIDE),
        sa.Column("person_id", WIDE),
        sa.Column("content", sa.JSON),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "account_data",
        sa.Column("user_id", WIDE, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("room_id", WIDE, primary_key=True),
        sa.Column("type", sa.String, primary_key=True),
        sa.Column("content", sa.String, nullable=False),
        sa.Column("position", WIDE, nullable=False),
    )
    op.add_column(
        "chat_settings",
        sa.Column("server_name", sa.String, nullable=False, server_default=""),
    )
    # As if they had come right after their messages.
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    made = "json_object" if is_sqlite else "json_build_object"
    op.execute(
        "INSERT INTO room_events"  # noqa: S608 - the name of a function
        " (room_id, after_id, kind, user_id, message_id, content, created_at)"
        " SELECT messages.room_id, messages.id, 'reaction', reactions.user_id, messages.id,"
        f" {made}('emoji', reactions.emoji), reactions.created_at"
        " FROM reactions JOIN messages ON messages.id = reactions.message_id"
        " ORDER BY messages.id, reactions.created_at, reactions.user_id"
    )
    op.create_index("ix_room_events_room", "room_events", ["room_id", "id"])
    op.create_index("ix_room_events_user_id", "room_events", ["user_id"])
    op.create_index(
        "ix_room_events_message",
        "room_events",
        ["message_id"],
        sqlite_where=sa.text("message_id IS NOT NULL"),
        postgresql_where=sa.text("message_id IS NOT NULL"),
    )
    op.create_index(
        "ix_room_events_person",
        "room_events",
        ["person_id", "id"],
        sqlite_where=sa.text("person_id IS NOT NULL"),
        postgresql_where=sa.text("person_id IS NOT NULL"),
    )
    op.create_index("ix_account_data_position", "account_data", ["user_id", "position"])
