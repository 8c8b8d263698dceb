"""Sessions whose connection costs nothing to ask for."""

from typing import Any

from sqlalchemy import Connection
from sqlmodel import Session


class DirectSession(Session):
    """A session that returns its connection directly, and begins a transaction for objects only.

    SQLAlchemy's way to the connection costs as much as most statements. What is executed on the
    connection is not undone by `begin_nested`: it belongs to the transaction around the session.
    """

    def connection(self, *_args: Any, **_kwargs: Any) -> Connection:
        """Return the connection that the session was made with."""
        assert isinstance(self.bind, Connection)
        return self.bind
