"""Alembic's entry point: run the migrations on the connection passed to `upgrade`."""

from alembic import context
from sqlmodel import SQLModel

import models  # noqa: F401  (registers the tables, for `alembic revision --autogenerate`)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
