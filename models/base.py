"""What every table has in common."""

from typing import Any

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
