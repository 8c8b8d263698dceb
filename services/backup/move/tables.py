"""Copy all tables from one database to another, and compare them."""

from collections.abc import Mapping

from sqlalchemy import Connection, Table, func, select
from sqlmodel import SQLModel

from services.backup.move.progress import Progress, Step
from services.backup.move.rows import Rows, Summary
from services.core.errors import ServiceError
from services.core.i18n import _

Summaries = Mapping[str, Summary]
"""What the tables hold, by their names."""


def copy(source: Connection, target: Connection, progress: Progress) -> Summaries:
    """Copy all rows into tables that are empty, and return what was read.

    What a row refers to is copied before it. Raises `ServiceError` for a row that the target cannot
    hold.
    """
    read = {}
    for table in SQLModel.metadata.sorted_tables:
        rows = Rows(source, table)
        total = source.scalar(select(func.count()).select_from(table)) or 0
        names = [column.name for column in table.columns]
        for batch in rows:
            target.execute(table.insert(), [dict(zip(names, row, strict=True)) for row in batch])
            progress(Step.COPYING, table.name, rows.count, total)
        _require_equal(table, rows.count == total)
        read[table.name] = rows.summary
    return read


def compare(target: Connection, expected: Summaries, progress: Progress) -> None:
    """Read all rows again where they were copied to. Raises `ServiceError` for a difference."""
    for table in SQLModel.metadata.sorted_tables:
        summary = expected[table.name]
        _require_equal(table, summarise(target, table, progress, summary.count) == summary)


def summarise(connection: Connection, table: Table, progress: Progress, total: int) -> Summary:
    """Return what a table holds."""
    rows = Rows(connection, table)
    for _batch in rows:
        progress(Step.CHECKING, table.name, rows.count, total)
    return rows.summary


def _require_equal(table: Table, is_equal: bool) -> None:
    if not is_equal:
        raise ServiceError(
            _(
                "The table {table} is not the same after copying. Nothing was moved: please report "
                "this."
            ).format(table=table.name)
        )
