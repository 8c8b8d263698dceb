"""Attachments, with their names in the full-text index."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# Joiners are removed as in migration 0003.
WITH_NAMES = """
  CREATE VIEW searched AS
  SELECT id, room_id, seq, place,
         trim(text || ' ' || replace(replace(ifnull(name, ''), char(8204), ''), char(8205), ''))
           AS text,
         tags || iif(name IS NULL, '', ' file') AS tags
  FROM said LEFT JOIN attachments ON message_id = id
  WHERE text <> '' OR name IS NOT NULL
"""
# FTS5 needs the old text to delete an entry, so this runs before the change.
FORGET = """
  INSERT INTO search (search, rowid, text, tags)
  SELECT 'delete', place, text, tags FROM searched WHERE id = {row}.message_id;
"""
ADD = """
  INSERT INTO search (rowid, text, tags)
  SELECT place, text, tags FROM searched WHERE id = {row}.message_id;
"""
LET_GO = "INSERT OR IGNORE INTO loose_files (hash) VALUES (old.hash);"


def upgrade() -> None:
    """Create the tables, and triggers for the full-text index."""
    op.create_table(
        "attachments",
        sa.Column(
            "message_id",
            sa.Integer,
            sa.ForeignKey("messages.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("hash", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("media_type", sa.String, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("has_preview", sa.Boolean, nullable=False),
        sa.Column("excerpt", sa.String, nullable=False),
        sa.Column("wave", sa.String, nullable=False),
    )
    op.create_index("ix_attachments_of_user", "attachments", ["user_id", "size"])
    op.create_index("ix_attachments_by_hash", "attachments", ["hash", "size"])
    op.create_table("loose_files", sa.Column("hash", sa.String, primary_key=True))
    op.create_index(
        "ix_messages_files",
        "messages",
        ["room_id", "seq"],
        sqlite_where=sa.text("kind = 'file'"),
        postgresql_where=sa.text("kind = 'file'"),
    )
    _search_names()
    _trigger("attachments_let_go", "AFTER DELETE", LET_GO)


def _search_names() -> None:
    """Index messages by the name of their file, with a tag for having one."""
    old = "SELECT sql FROM sqlite_master WHERE name = 'searched'"
    searched: str = op.get_bind().execute(sa.text(old)).scalar_one()
    op.execute("DROP VIEW searched")
    # The view of migration 0003, for messages without text as well.
    said = searched.replace("searched", "said", 1).replace("WHERE text <> ''", "")
    op.execute(said)
    op.execute(WITH_NAMES)
    for moment, row in (("INSERT", "new"), ("DELETE", "old")):
        _trigger(f"search_before_file_{row}", f"BEFORE {moment}", FORGET.format(row=row))
        _trigger(f"search_after_file_{row}", f"AFTER {moment}", ADD.format(row=row))


def _trigger(name: str, event: str, work: str) -> None:
    op.execute(f"CREATE TRIGGER {name} {event} ON attachments BEGIN {work} END")
