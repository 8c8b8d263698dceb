"""Count the SQL statements that a block of code runs."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

NOT_COUNTED = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA")
BACKGROUND = "loose_files"
"""The table that a background task reads at any time."""


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the statements that run in this block, except transaction control and pragmas."""
    collected: list[str] = []

    def collect(_connection, _cursor, statement: str, *_more: object) -> None:
        if not statement.startswith(NOT_COUNTED) and BACKGROUND not in statement:
            collected.append(statement)

    event.listen(Engine, "before_cursor_execute", collect)
    try:
        yield collected
    finally:
        event.remove(Engine, "before_cursor_execute", collect)
