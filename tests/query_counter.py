"""Count the SQL statements that a block of code runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from services.db.prepared import Prepared
from tests import postgres

NOT_COUNTED = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA", *postgres.BEGIN)
BACKGROUND = "loose_files"
"""The table that a background task reads at any time."""


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the statements that run in this block, except transaction control and pragmas."""
    collected: list[str] = []

    def collect(_connection, _cursor, statement: str, *_more: object) -> None:
        if not statement.startswith(NOT_COUNTED) and BACKGROUND not in statement:
            collected.append(statement)

    def execute(statement: Prepared, *arguments: Any) -> Any:  # not through SQLAlchemy
        collected.append(repr(statement))
        return run(statement, *arguments)

    event.listen(Engine, "before_cursor_execute", collect)
    run, Prepared.execute = Prepared.execute, execute
    try:
        yield collected
    finally:
        Prepared.execute = run
        event.remove(Engine, "before_cursor_execute", collect)
