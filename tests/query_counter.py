"""Count the SQL statements that a block of code runs."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from services.db import prepared
from tests import postgres

NOT_COUNTED = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA", *postgres.BEGIN)
BACKGROUND = (
    "loose_files",
    "pending_files.created_at <",
    "SELECT push_subscriptions.id \nFROM push_subscriptions",
    "WHERE pushed_rooms.due_at IS NOT NULL",
    "WHERE rooms.deleted_at IS NOT NULL AND rooms.last_seq",
    "WHERE attachments.awaits_preview",
    "ORDER BY scheduled_messages.send_at",
    "FROM search_entries",
)
"""What background tasks read at any time."""
INDEXING = ("chat.unindexed", "INSERT INTO search_entries")
"""How PostgreSQL indexes a group of writes: SQLite does it within each."""
IGNORED = re.compile("|".join(map(re.escape, (*BACKGROUND, *INDEXING))))


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the statements that run in this block, except transaction control and pragmas."""
    collected: list[str] = []

    def collect(_connection, _cursor, statement: str, *_more: object) -> None:
        if not statement.startswith(NOT_COUNTED) and not IGNORED.search(statement):
            collected.append(statement)

    def execute(compiled: Any, *arguments: Any) -> Any:  # not through SQLAlchemy
        collected.append(compiled.text)
        return run(compiled, *arguments)

    event.listen(Engine, "before_cursor_execute", collect)
    run, prepared._execute = prepared._execute, execute
    try:
        yield collected
    finally:
        prepared._execute = run
        event.remove(Engine, "before_cursor_execute", collect)
