"""Statements that run for every message: compiled once, then passed to the driver as they are.

Each time SQLAlchemy executes a statement, it looks up the compiled one, prepares a context for it,
and describes the columns of its result: for a message, that is many times SQLite's own work.

The drivers take parameters by place (sqlite3) or by name (psycopg).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Select
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

Convert = Callable[[Any], Any]


class Prepared:
    """A statement whose parameters are all `bindparam`s.

    Its rows hold what the driver returns: from SQLite, also for times and booleans, numbers and
    texts.
    """

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: _Compiled | None = None
        self._converters: list[Convert] | None = None

    def execute(
        self, connection: Connection, values: Mapping[str, Any]
    ) -> Sequence[tuple[Any, ...]]:
        """Execute it with these values of its parameters, and return all rows of its result.

        Raises `KeyError` for a missing value, and the errors of the driver, not SQLAlchemy's.
        The first time raises `TypeError` if there are parameters without a name of ours: a value
        within the statement, or the default of a column that an INSERT does not mention.
        """
        return _execute(self.compiled(connection.dialect), connection, values)

    def execute_typed(
        self, connection: Connection, values: Mapping[str, Any]
    ) -> Sequence[tuple[Any, ...]]:
        """Do the same, of a SELECT, with rows as SQLAlchemy has them: with times and booleans."""
        rows = self.execute(connection, values)
        if self._converters is None:
            self._converters = _converters(self._statement, connection.dialect)
        converters = self._converters
        return [
            tuple(convert(value) for convert, value in zip(converters, row, strict=True))
            for row in rows
        ]

    def compiled(self, dialect: Dialect) -> "_Compiled":
        """Return it as the drivers take it. Raises `TypeError` like `execute`."""
        compiled = self._compiled
        if compiled is None or compiled.dialect != dialect.name:
            compiled = self._compiled = _compile(self._statement, dialect)
            self._converters = None
        return compiled


class Together:
    """Statements that write, of which none sees what the others do.

    PostgreSQL takes them as one: each that travels by itself costs more than what it does.
    """

    def __init__(self, *statements: Prepared) -> None:
        self._statements = statements
        self._joined: _Compiled | None = None

    def execute(
        self, connection: Connection, values: Mapping[str, Any]
    ) -> Sequence[tuple[Any, ...]]:
        """Execute all with the same values; return the rows of the last. Raises like `Prepared`."""
        compiled = self._compiled(connection.dialect)
        return [_execute(each, connection, values) for each in compiled][-1]

    def _compiled(self, dialect: Dialect) -> Sequence["_Compiled"]:
        if dialect.name != "postgresql":
            return [each.compiled(dialect) for each in self._statements]
        if self._joined is None:
            self._joined = _join([each.compiled(dialect) for each in self._statements])
        return [self._joined]


def _execute(
    compiled: "_Compiled", connection: Connection, values: Mapping[str, Any]
) -> Sequence[tuple[Any, ...]]:
    cursor = connection.connection.cursor()
    converted: Any
    if compiled.is_positional:
        converted = tuple(convert(values[name]) for name, convert in compiled.parameters)
    else:
        converted = {name: convert(values[name]) for name, convert in compiled.parameters}
    cursor.execute(compiled.text, converted)
    return cursor.fetchall() if cursor.description else []


class _Compiled(NamedTuple):
    dialect: str
    text: str
    parameters: list[tuple[str, Convert]]
    is_positional: bool


def _compile(statement: ClauseElement, dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    parameters: list[tuple[str, Convert]] = []
    for name in compiled.positiontup or compiled.binds:
        bind = compiled.binds[name]
        if not bind.required or bind.expanding:
            raise TypeError(f"{name} of a prepared statement needs a bindparam: {compiled}")
        convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
        parameters.append((name, convert or _unchanged))
    return _Compiled(dialect.name, str(compiled), parameters, bool(compiled.positional))


def _converters(statement: ClauseElement, dialect: Dialect) -> list[Convert]:
    """Return what makes of each column of a SELECT what SQLAlchemy makes of it."""
    assert isinstance(statement, Select)
    types = (column.type.dialect_impl(dialect) for column in statement.selected_columns)
    # The drivers we use need no description of the result.
    return [each.result_processor(dialect, None) or _unchanged for each in types]


def _join(statements: Sequence[_Compiled]) -> _Compiled:
    *others, last = statements
    texts = (f"part_{number} AS ({each.text})" for number, each in enumerate(others))
    parameters = dict(parameter for each in statements for parameter in each.parameters)
    text = f"WITH {', '.join(texts)} {last.text}"
    return _Compiled(last.dialect, text, [*parameters.items()], is_positional=False)


def _unchanged(value: Any) -> Any:
    return value
