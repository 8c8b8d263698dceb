"""What SQLite and PostgreSQL say differently, each as one expression for both."""

import json
from collections.abc import Callable, Collection
from importlib import import_module
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Boolean, Connection, Dialect, Integer, String, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


def insert(connection: Connection) -> Callable[..., Any]:
    """Return the `insert` of the database's dialect, which has `on_conflict_do_update`."""
    made: Callable[..., Any] = import_module(
        f"sqlalchemy.dialects.{connection.dialect.name}"
    ).insert
    return made


class any_true(FunctionElement[bool]):
    """An aggregate: whether a condition is true for any of the rows."""

    type = Boolean()
    inherit_cache = True


class unix_seconds(FunctionElement[int]):
    """The whole seconds from 1970 to a time in UTC."""

    type = Integer()
    inherit_cache = True


class is_blob(FunctionElement[bool]):
    """Whether a column holds bytes: SQLite keeps a text in it as one."""

    type = Boolean()
    inherit_cache = True


class json_rows(FunctionElement[str]):
    """An aggregate: the values of these columns as JSON, as an array of an array for each row."""

    type = String()
    inherit_cache = True


class _each_number(FunctionElement[int]):
    inherit_cache = True


class _Numbers(TypeDecorator[Collection[int]]):
    """Numbers as one parameter: JSON for SQLite, an array for PostgreSQL."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        wanted: TypeEngine[Any] = String() if dialect.name == "sqlite" else ARRAY(BigInteger)
        return dialect.type_descriptor(wanted)

    def process_bind_param(self, value: Collection[int] | None, dialect: Dialect) -> Any:
        numbers = list(value or ())
        return json.dumps(numbers) if dialect.name == "sqlite" else numbers


def numbers(parameter: str) -> Any:
    """Return a table whose rows are the numbers of a parameter, in its column `value`."""
    given = bindparam(parameter, type_=_Numbers)
    # PostgreSQL names the only column of such a table after the table.
    return _each_number(given).table_valued("value", name="value")


@compiles(any_true)
def _any_true(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
    return f"max({compiler.process(element.clauses, **options)})"


@compiles(any_true, "postgresql")
def _any_true_postgres(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
    return f"bool_or({compiler.process(element.clauses, **options)})"


@compiles(unix_seconds)
def _unix_seconds(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **options)}) AS INTEGER)"


@compiles(unix_seconds, "postgresql")
def _unix_seconds_postgres(
    element: FunctionElement[Any], compiler: SQLCompiler, **options: Any
) -> str:
    moment = compiler.process(element.clauses, **options)
    return f"CAST(floor(extract(epoch FROM {moment})) AS BIGINT)"


@compiles(is_blob)
def _is_blob(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
    return f"typeof({compiler.process(element.clauses, **options)}) = 'blob'"


@compiles(is_blob, "postgresql")
def _is_blob_postgres(_element: FunctionElement[Any], _compiler: SQLCompiler, **_: Any) -> str:
    return "true"


@compiles(json_rows)
def _json_rows(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
    columns = compiler.process(element.clauses, **options)
    return f"json_group_array(json_array({columns}))"


@compiles(json_rows, "postgresql")
def _json_rows_postgres(
    element: FunctionElement[Any], compiler: SQLCompiler, **options: Any
) -> str:
    columns = compiler.process(element.clauses, **options)
    return f"CAST(coalesce(json_agg(json_build_array({columns})), '[]') AS VARCHAR)"


@compiles(_each_number)
def _each_number_(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_each_number, "postgresql")
def _each_number_postgres(
    element: FunctionElement[Any], compiler: SQLCompiler, **options: Any
) -> str:
    return f"unnest({compiler.process(element.clauses, **options)})"
