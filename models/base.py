"""What every table has in common."""

from sqlmodel import SQLModel


class Model(SQLModel):
    """A table, as `class Room(Model, table=True)`.

    Rows are not validated: services check what they store. So pydantic need not build a validator
    for each table, which took as long as two of the imports of a start.
    """

    model_config = {"defer_build": True}
