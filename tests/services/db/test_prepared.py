"""Prepared statements: what is bound is converted as SQLAlchemy does it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Integer,
    MetaData,
    Table,
    bindparam,
    create_engine,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from models.clock import UtcDateTime
from services.db.prepared import Prepared, Together

THINGS = Table(
    "things",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("details", JSON(none_as_null=True)),
    Column("at", UtcDateTime),
    Column("is_new", Boolean),
    Column("count", Integer, default=7),
)
COLUMNS = ("details", "at", "is_new", "count")
INSERT = insert(THINGS).values({name: bindparam(name) for name in COLUMNS}).returning(THINGS.c.id)


@pytest.fixture
def connection() -> Iterator[Connection]:
    """A connection to a database with the table."""
    engine = create_engine("sqlite://")
    THINGS.metadata.create_all(engine)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.mark.parametrize("details", [None, {"asha": 1}, [1, "ü"]])
def test_values_are_stored_as_by_sqlalchemy(connection: Connection, details: object) -> None:
    at = datetime(2026, 11, 28, 12, 30, 1, 500, tzinfo=UTC)
    values = {"details": details, "at": at, "is_new": True, "count": 1}
    statement = Prepared(INSERT)
    ids = [statement.execute(connection, values) for _time in range(2)]
    assert ids == [[(1,)], [(2,)]]
    connection.execute(insert(THINGS), values)
    by_us, again, by_sqlalchemy = (
        tuple(row[1:])
        for row in connection.exec_driver_sql("SELECT * FROM things ORDER BY id").fetchall()
    )
    assert by_us == again == by_sqlalchemy
    found = connection.execute(select(THINGS).where(THINGS.c.id == 1)).one()
    assert tuple(found) == (1, details, at, True, 1)


def test_statements_that_run_together_share_their_values(connection: Connection) -> None:
    connection.execute(insert(THINGS), {"id": 1, "count": 1})
    count = update(THINGS).where(THINGS.c.id == bindparam("first")).values(count=bindparam("count"))
    values = {"first": 1, "details": None, "at": None, "is_new": True, "count": 5}
    together = Together(Prepared(count), Prepared(INSERT))
    assert [together.execute(connection, values) for _time in range(2)] == [[(2,)], [(3,)]]
    assert connection.execute(select(THINGS.c.count)).scalars().all() == [5, 5, 5]


def test_for_postgresql_they_are_one_statement() -> None:
    pytest.importorskip("psycopg")
    [joined] = Together(Prepared(delete(THINGS)), Prepared(INSERT))._compiled(PGDialect_psycopg())
    assert joined.text.startswith("WITH part_0 AS (DELETE FROM things) INSERT INTO things")
    assert [name for name, _convert in joined.parameters] == [*COLUMNS]


def test_a_parameter_may_occur_twice_and_needs_a_value(connection: Connection) -> None:
    same = Prepared(
        select(THINGS.c.id).where(
            THINGS.c.count == bindparam("number"), THINGS.c.id == bindparam("number")
        )
    )
    connection.execute(insert(THINGS), [{"count": 1}, {"count": 5}])
    assert same.execute(connection, {"number": 1}) == [(1,)]
    assert same.execute(connection, {"number": 2}) == []
    with pytest.raises(KeyError, match="number"):
        same.execute(connection, {})


@pytest.mark.parametrize(
    "statement",
    [
        select(THINGS.c.id).where(THINGS.c.count == 5),
        insert(THINGS).values(details=bindparam("details")),
        select(THINGS.c.id).where(THINGS.c.id.in_(bindparam("ids", expanding=True))),
    ],
)
def test_what_would_be_left_without_a_value_is_refused(
    connection: Connection, statement: object
) -> None:
    refused = Prepared(statement)
    for _time in range(2):
        with pytest.raises(TypeError, match="needs a bindparam"):
            refused.execute(connection, {"details": None, "ids": [1]})
