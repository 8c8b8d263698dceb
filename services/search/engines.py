"""Which full-text index there is: that of the database."""

from sqlmodel import Session

from services.search.fts5.index import Fts5Index
from services.search.index import Index

_FTS5 = Fts5Index()


def of(_session: Session) -> Index:
    """Return the full-text index of the database of a session."""
    return _FTS5
