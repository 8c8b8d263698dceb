"""What SQLite and PostgreSQL say differently, each as one expression for both."""

import json
from collections.abc import Callable, Collection
from importlib import import_module
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Boolean, Connection, Dialect, Integer, String, bindparam
from sqlalchemy.ext.compiler import compiles
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


def _spell(function: type[FunctionElement[Any]], *, sqlite: str, postgresql: str) -> None:
    """Say how each database writes a function; `{}` stands for what it is given."""

    def write(template: str) -> Callable[..., str]:
        return lambda element, compiler, **options: template.format(
            compiler.process(element.clauses, **options)
        )

    compiles(function)(write(sqlite))
    compiles(function, "postgresql")(write(postgresql))


_spell(any_true, sqlite="max({})", postgresql="bool_or({})")
_spell(
    unix_seconds,
    sqlite="CAST(strftime('%s', {}) AS INTEGER)",
    postgresql="CAST(floor(extract(epoch FROM {})) AS BIGINT)",
)
_spell(is_blob, sqlite="typeof({}) = 'blob'", postgresql="true")
_spell(
    json_rows,
    sqlite="json_group_array(json_array({}))",
    postgresql="CAST(coalesce(json_agg(json_build_array({})), '[]') AS VARCHAR)",
)
_spell(_each_number, sqlite="json_each({})", postgresql="unnest({})")
