"""Index the messages that were written, in the transaction that writes them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, event

from services.search.tsvector import lexemes

CHUNK_SIZE = 1000
"""Messages that `fill` indexes at a time."""
_COLUMNS = """
SELECT m.id, m.room_id, m.seq, m.author_id, m.text, a.name,
       coalesce(position('<a href="' IN m.html), 0) > 0
FROM messages m LEFT JOIN attachments a ON a.message_id = m.id
WHERE (m.text <> '' OR a.name IS NOT NULL)
"""
_WRITTEN = f"""{_COLUMNS} AND m.id = ANY(CAST(
  string_to_array(nullif(current_setting('chat.unindexed', true), ''), ',') AS bigint[]
))
"""
# The lock keeps others from changing or deleting a text between reading and indexing it.
_MISSING = f"""{_COLUMNS} AND m.id > %s
AND NOT EXISTS (SELECT FROM search_entries e WHERE e.message_id = m.id)
ORDER BY m.id LIMIT %s FOR NO KEY UPDATE OF m
"""
_INSERT = """
INSERT INTO search_entries (message_id, seq, lexemes)
SELECT * FROM unnest(
  CAST(%s AS bigint[]), CAST(%s AS bigint[]), CAST(CAST(%s AS text[]) AS tsvector[])
)
ON CONFLICT (message_id) DO UPDATE SET lexemes = excluded.lexemes
"""


def follow(engine: Engine) -> None:
    """Index what is written through `engine`, before each commit."""
    event.listen(engine, "commit", store)


def store(connection: Connection) -> None:
    """Index what this transaction has written so far: once, before it is committed.

    The triggers have noted which messages these are: see `services.search.tsvector.schema`.
    """
    _index(connection, connection.exec_driver_sql(_WRITTEN).all())


def fill(connection: Connection, after: int = 0) -> int | None:
    """Index some of the messages that are not indexed, in the order of their ids.

    Return the id to go on `after`, or None when there are no more.
    """
    rows = connection.exec_driver_sql(_MISSING, (after, CHUNK_SIZE)).all()
    _index(connection, rows)
    return rows[-1][0] if len(rows) == CHUNK_SIZE else None


def _index(connection: Connection, rows: Sequence[Any]) -> None:
    if not rows:
        return
    vectors = [
        lexemes.vector(room_id, seq, author_id, text, name, has_link=has_link)
        for _id, room_id, seq, author_id, text, name, has_link in rows
    ]
    ids, seqs = [row[0] for row in rows], [row[2] for row in rows]
    connection.exec_driver_sql(_INSERT, (ids, seqs, vectors))
