"""What is in the full-text index, whichever it is."""

from sqlalchemy import Connection
from sqlmodel import Session, text

from services.db import database
from services.search.tsvector import indexing

Entries = set[tuple[object, ...]]
_ENTRIES = "SELECT message_id, seq, CAST(lexemes AS text) FROM search_entries"
_WORDS = "SELECT lexeme FROM search_entries, unnest(lexemes)"


async def indexed_words() -> set[str]:
    """Return every word and tag in the index."""

    def query(session: Session) -> set[str]:
        connection = session.connection()
        if connection.dialect.name == "sqlite":
            return {str(term) for term, *_place in _terms(connection, "search")}
        lexemes = connection.exec_driver_sql(_WORDS).scalars()
        return {each.rpartition(".")[2].removeprefix(":") for each in lexemes}

    return await database.write(query)


async def index_differs() -> tuple[Entries, Entries]:
    """Return the entries that the index has too many and too few, compared with a rebuilt one."""

    def compare(session: Session) -> tuple[Entries, Entries]:
        connection = session.connection()
        rebuilt = _rebuilt_fts5 if connection.dialect.name == "sqlite" else _rebuilt_tsvector
        return rebuilt(connection)

    actual, expected = await database.write(compare)
    assert expected
    return actual - expected, expected - actual


def _rebuilt_fts5(connection: Connection) -> tuple[Entries, Entries]:
    created = "SELECT sql FROM sqlite_master WHERE name = 'search'"
    sql: str = connection.exec_driver_sql(created).scalar_one()
    connection.exec_driver_sql(sql.replace("search", "rebuilt", 1))
    connection.execute(
        text("INSERT INTO rebuilt (rowid, text, tags) SELECT place, text, tags FROM searched")
    )
    connection.execute(text("INSERT INTO search (search) VALUES ('integrity-check')"))
    return _terms(connection, "search"), _terms(connection, "rebuilt")


def _terms(connection: Connection, table: str) -> Entries:
    """Return every word as (word, rowid, column, offset)."""
    connection.exec_driver_sql(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS said_{table} USING fts5vocab({table}, instance)"
    )
    return set(map(tuple, connection.exec_driver_sql(f"SELECT * FROM said_{table}")))


def _rebuilt_tsvector(connection: Connection) -> tuple[Entries, Entries]:
    actual = set(map(tuple, connection.exec_driver_sql(_ENTRIES)))
    connection.exec_driver_sql("DELETE FROM search_entries")
    last = 0
    while first := indexing.first_missing(connection, last):
        last = indexing.fill(connection, first)
    return actual, set(map(tuple, connection.exec_driver_sql(_ENTRIES)))
