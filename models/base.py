"""What every table has in common."""

from typing import Any

from sqlalchemy import BigInteger, Integer
from sqlmodel import SQLModel


class Model(SQLModel):
    """A table, as `class Room(Model, table=True)`.

    Rows are not validated: services check what they store. So pydantic need not build a validator
    for each table, which took as long as two of the imports of a start.
    """

    model_config = {"defer_build": True}


def table(model: type[SQLModel]) -> Any:
    """Return the table of a model, whose columns are `c.name`: for statements that read columns.

    Through the attributes of the model, the first statement would prepare all models for making
    objects, which takes 30 ms of a start.
    """
    return model.__table__  # type: ignore[attr-defined]


def widen_integers() -> None:
    """Let the integers of all tables have 64 bits on PostgreSQL as well, as SQLite's have.

    After all tables are defined, and before any statement: those keep the types of their columns.
    """
    wide = Integer().with_variant(BigInteger(), "postgresql")
    for each in SQLModel.metadata.tables.values():
        for column in each.columns:
            if type(column.type) is Integer:
                column.type = wide
