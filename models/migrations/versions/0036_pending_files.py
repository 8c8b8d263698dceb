"""Files that apps have uploaded: those without a message yet, and what apps call the others."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
WIDE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")


def upgrade() -> None:
    """Create the table, with the trigger that lets its files go, and add the column."""
    op.create_table(
        "pending_files",
        sa.Column("media_id", sa.String, primary_key=True),
        sa.Column("user_id", WIDE, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("hash", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("size", WIDE, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("media_type", sa.String, nullable=False),
        sa.Column("width", WIDE, nullable=False),
        sa.Column("height", WIDE, nullable=False),
        sa.Column("awaits_preview", sa.Boolean, nullable=False),
        sa.Column("excerpt", sa.String, nullable=False),
        sa.Column("is_animated", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )
    op.create_index("ix_pending_files_of_user", "pending_files", ["user_id", "size"])
    op.create_index("ix_pending_files_by_hash", "pending_files", ["hash", "size"])
    op.create_index("ix_pending_files_created", "pending_files", ["created_at"])
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    then = (
        "BEGIN INSERT OR IGNORE INTO loose_files (hash) VALUES (old.hash); END"
        if is_sqlite
        else "FOR EACH ROW EXECUTE FUNCTION let_go()"
    )
    op.execute(f"CREATE TRIGGER pending_files_let_go AFTER DELETE ON pending_files {then}")
    op.add_column("attachments", sa.Column("media_id", sa.String))
    op.create_index(
        "ix_attachments_media",
        "attachments",
        ["media_id"],
        unique=True,
        sqlite_where=sa.text("media_id IS NOT NULL"),
        postgresql_where=sa.text("media_id IS NOT NULL"),
    )
