"""The rows of a table in the order of its key, some at a time, with a digest of all of them.

SQLite keeps anything in any column, PostgreSQL does not. So what is read must be of the type that
its column has: otherwise the error names the row.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct, msgpack
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Dialect,
    String,
    Table,
    collate,
    select,
    type_coerce,
)
from sqlalchemy.types import NULLTYPE

from services.core.errors import ServiceError
from services.core.i18n import _

BATCH_SIZE = 200
"""Rows in memory at a time; some have pictures in them."""


class Summary(Struct, frozen=True):
    """What a table holds: equal ones hold the same."""

    count: int
    digest: str


class _Unfit(Exception):
    """A value cannot be stored in its column."""


class Rows:
    """The rows of a table: to iterate over once, in batches."""

    def __init__(self, connection: Connection, table: Table) -> None:
        self._connection = connection
        self._table = table
        self._columns = [_Column(each, connection.dialect) for each in table.columns]
        self.count = 0
        """How many were read so far."""
        self._digest = hashlib.sha256()

    @property
    def summary(self) -> Summary:
        """What has been read so far."""
        return Summary(self.count, self._digest.hexdigest())

    def __iter__(self) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows. Raises `ServiceError` for one that the other database cannot hold."""
        # Read as the driver has them: SQLAlchemy would not say in which row a value is wrong.
        values = (type_coerce(each, NULLTYPE) for each in self._table.columns)
        query = select(*values).order_by(*self._order())
        found = self._connection.execute(query, execution_options={"yield_per": BATCH_SIZE})
        for batch in found.partitions():
            yield [self._read(row) for row in batch]

    def _order(self) -> Iterator[Any]:
        """Yield the columns of the key, with text by its code points in any database."""
        for column in self._table.primary_key:
            is_sorted_otherwise = (
                isinstance(column.type, String) and self._connection.dialect.name == "postgresql"
            )
            yield collate(column, "C") if is_sorted_otherwise else column

    def _read(self, values: Sequence[Any]) -> tuple[Any, ...]:
        try:
            row = tuple(
                column.read(value) for column, value in zip(self._columns, values, strict=True)
            )
        except _Unfit as error:
            raise self._error(values, str(error)) from error
        self._digest.update(msgpack.encode(row))
        self.count += 1
        return row

    def _error(self, values: Sequence[Any], column: str) -> ServiceError:
        named = zip(self._table.columns, values, strict=True)
        key = (f"{each.name} = {value!r}" for each, value in named if each.primary_key)
        return ServiceError(
            _(
                "The table {table} has a row ({key}) with something in {column} that is damaged, "
                "or cannot be stored elsewhere. Correct it first. Nothing was moved."
            ).format(table=self._table.name, key=", ".join(key), column=column)
        )


class _Column:
    """How to read a column."""

    def __init__(self, column: Column[Any], dialect: Dialect) -> None:
        self._name = column.name
        self._process = column.type.dialect_impl(dialect).result_processor(dialect, None)
        stored = getattr(column.type, "impl_instance", column.type)
        self._type: type[Any] = dict if isinstance(stored, JSON) else stored.python_type

    def read(self, value: Any) -> Any:
        """Return a value as the program has it. Raises `_Unfit`."""
        if value is None:
            return None
        try:
            read = self._process(value) if self._process else value
            if self._type is dict:
                msgpack.encode(read)
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise _Unfit(self._name) from error
        if type(read) is not self._type or (isinstance(read, str) and not _is_text(read)):
            raise _Unfit(self._name)
        return read


def _is_text(value: str) -> bool:
    """Return whether PostgreSQL can store a text: it has no NUL, and is valid Unicode."""
    return "\0" not in value and (value.isascii() or _is_unicode(value))


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
