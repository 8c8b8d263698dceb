"""Statements that run for every message: compiled once, then passed to the driver as they are.

Each time SQLAlchemy executes a statement, it looks up the compiled one, prepares a context for it,
and describes the columns of its result: for a message, that is many times SQLite's own work.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

Convert = Callable[[Any], Any]


class Prepared:
    """A statement whose parameters are all `bindparam`s.

    Its rows hold what the driver returns: numbers and texts, also for times and booleans.
    """

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: tuple[str, list[tuple[str, Convert]]] | None = None

    def execute(
        self, connection: Connection, values: Mapping[str, Any]
    ) -> Sequence[tuple[Any, ...]]:
        """Execute it with these values of its parameters, and return all rows of its result.

        Raises `KeyError` for a missing value, and the errors of the driver, not SQLAlchemy's.
        The first time raises `TypeError` if there are parameters without a name of ours: a value
        within the statement, or the default of a column that an INSERT does not mention.
        """
        if self._compiled is None:
            self._compiled = self._compile(connection.dialect)
        text, parameters = self._compiled
        converted = tuple(convert(values[name]) for name, convert in parameters)
        cursor = connection.connection.cursor()
        cursor.execute(text, converted)
        return cursor.fetchall()

    def _compile(self, dialect: Dialect) -> tuple[str, list[tuple[str, Convert]]]:
        compiled = self._statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        assert compiled.positiontup is not None
        parameters: list[tuple[str, Convert]] = []
        for name in compiled.positiontup:
            bind = compiled.binds[name]
            if not bind.required or bind.expanding:
                raise TypeError(f"{name} of a prepared statement needs a bindparam: {compiled}")
            convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
            parameters.append((name, convert or _unchanged))
        return str(compiled), parameters


def _unchanged(value: Any) -> Any:
    return value
