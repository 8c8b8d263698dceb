"""Index the messages that were written, in the transaction that writes them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, event

from services.search.tsvector import lexemes

CHUNK_SIZE = 1000
"""Messages that `fill` indexes at a time."""
_COLUMNS = """
SELECT m.id, m.room_id, m.seq, m.author_id, m.text,
       (SELECT name FROM attachments WHERE message_id = m.id),
       coalesce(position('<a href="' IN m.html), 0) > 0
"""
# One by one: a plan from when there were few messages would else read all of them each time.
_WRITTEN = f"""{_COLUMNS}
FROM (
  SELECT DISTINCT CAST(id AS bigint) AS id
  FROM unnest(string_to_array(nullif(current_setting('chat.unindexed', true), ''), ',')) AS id
) AS written
CROSS JOIN LATERAL (SELECT * FROM messages WHERE messages.id = written.id OFFSET 0) AS m
"""  # noqa: S608 (only a constant)
# The lock keeps others from changing or deleting a text between reading and indexing it.
_MISSING = f"""{_COLUMNS}
FROM messages m
WHERE m.id > %s AND NOT EXISTS (SELECT FROM search_entries e WHERE e.message_id = m.id)
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
    """Insert the entries of messages, but for deleted ones: these have neither text nor file."""
    entries = [
        (
            message_id,
            seq,
            lexemes.vector(room_id, seq, author_id, text, name, has_link=has_link),
        )
        for message_id, room_id, seq, author_id, text, name, has_link in rows
        if text or name is not None
    ]
    if entries:
        connection.exec_driver_sql(_INSERT, tuple(map(list, zip(*entries, strict=True))))
