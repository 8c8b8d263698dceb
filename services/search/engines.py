"""Which full-text index there is: that of the database."""

from sqlmodel import Session

from services.search.fts5.index import Fts5Index
from services.search.index import Index

_FTS5 = Fts5Index()


def of(session: Session) -> Index:
    """Return the full-text index of the database of `session`."""
    if session.connection().dialect.name == "postgresql":
        # Imported only when needed: a start with SQLite loads nothing of it.
        from services.search.tsvector.index import TsvectorIndex

        return TsvectorIndex()
    return _FTS5
