"""Index the messages that were written, in the transaction that writes them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from services.search.tsvector import lexemes

CHUNK_SIZE = 500
"""Messages that `fill` looks at in one transaction: others that write wait for it."""
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
_IS_MISSING = """
NOT EXISTS (SELECT FROM search_entries e WHERE e.message_id = m.id)
AND (m.text <> '' OR EXISTS (SELECT FROM attachments a WHERE a.message_id = m.id))
"""
_FIRST_MISSING = f"""
SELECT m.id FROM messages m WHERE m.id > %s AND {_IS_MISSING} ORDER BY m.id LIMIT 1
"""  # noqa: S608
_MISSING = f"""{_COLUMNS}
FROM messages m
WHERE m.id >= %s AND m.id < %s AND {_IS_MISSING}
ORDER BY m.id FOR NO KEY UPDATE OF m
"""
_INSERT = """
INSERT INTO search_entries (message_id, seq, lexemes)
SELECT * FROM unnest(
  CAST(%s AS bigint[]), CAST(%s AS bigint[]), CAST(CAST(%s AS text[]) AS tsvector[])
)
ON CONFLICT (message_id) DO UPDATE SET lexemes = excluded.lexemes
"""


def store(connection: Connection) -> None:
    """Index what this transaction has written so far: once, before it is committed.

    The triggers have noted which messages these are: see `services.search.tsvector.schema`.
    """
    _index(connection, connection.exec_driver_sql(_WRITTEN).all())


def first_missing(connection: Connection, after: int = 0) -> int | None:
    """Return the first message after one that should be indexed and is not; None if all are."""
    found: int | None = connection.exec_driver_sql(_FIRST_MISSING, (after,)).scalar()
    return found


def fill(connection: Connection, first: int) -> int:
    """Index what is missing of `CHUNK_SIZE` messages from one on; return the id of the last."""
    end = first + CHUNK_SIZE
    _index(connection, connection.exec_driver_sql(_MISSING, (first, end)).all())
    return end - 1


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
