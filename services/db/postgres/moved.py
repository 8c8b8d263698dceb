"""The note in a database on PostgreSQL of where its chat was moved."""

from sqlalchemy import Connection, text

from services.core.errors import Unavailable
from services.core.i18n import _
from services.core.network.database_address import DatabaseAddress
from services.db.postgres import connections

_CREATE = "CREATE TABLE IF NOT EXISTS moved_to (place TEXT NOT NULL)"
"""The table is there only after a move: so databases from before need no upgrade for it."""


def note(address: DatabaseAddress, place: str) -> None:
    """Note that the chat in this database is in another place now. Raises `DBAPIError`."""
    with connections.writing(address) as connection:
        connection.exec_driver_sql(_CREATE)
        connection.execute(text("INSERT INTO moved_to VALUES (:place)"), {"place": place})


def require_here(connection: Connection, address: DatabaseAddress) -> None:
    """Raise `Unavailable` if the chat in this database was moved away."""
    if connection.exec_driver_sql("SELECT to_regclass('moved_to')").scalar() is None:
        return
    place = connection.exec_driver_sql("SELECT place FROM moved_to LIMIT 1").scalar()
    if place is not None:
        raise Unavailable(
            _(
                "The chat of the database {address} was moved to {place}: start it there. To have "
                "it in PostgreSQL again, move it back: see docs/scaling.md."
            ).format(address=address, place=place)
        )
