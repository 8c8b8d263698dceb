"""Counting what a piece of work asks of the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

FREE = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA")
BACKGROUND = "loose_files"
"""What files nobody holds is looked at by itself, whatever else goes on."""


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the statements that run in this block, but for those that only frame others."""
    seen: list[str] = []

    def note(_connection, _cursor, statement: str, *_more: object) -> None:
        if not statement.startswith(FREE) and BACKGROUND not in statement:
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)
