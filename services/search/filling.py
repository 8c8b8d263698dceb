"""Fill the full-text index of a database into which messages were copied without its triggers."""

from collections.abc import Callable

from sqlalchemy import Connection

CHUNK_SIZE = 5_000
"""Messages at a time, of one room: the entries of a room are beside each other."""
_ROOMS = "SELECT room_id, max(seq) FROM messages GROUP BY room_id ORDER BY room_id"
_ADD = """
INSERT INTO search (rowid, text, tags)
SELECT place, text, tags FROM searched WHERE room_id = ? AND seq BETWEEN ? AND ? ORDER BY seq
"""


def fill(connection: Connection, progress: Callable[[int, int], None]) -> None:
    """Index all messages, of which none is indexed, in the transaction of the caller.

    `progress` is called with how many are done, and of how many.
    """
    if connection.dialect.name == "postgresql":
        _fill_tsvector(connection, progress)
    else:
        _fill_fts5(connection, progress)


def _fill_fts5(connection: Connection, progress: Callable[[int, int], None]) -> None:
    """Room by room: the index takes entries in the order of its rows much faster than in any."""
    rooms = connection.exec_driver_sql(_ROOMS).all()
    done, total = 0, sum(last for _room_id, last in rooms)
    for room_id, last in rooms:
        for first in range(1, last + 1, CHUNK_SIZE):
            until = min(first + CHUNK_SIZE - 1, last)
            connection.exec_driver_sql(_ADD, (room_id, first, until))
            done += until + 1 - first
            progress(done, total)
    connection.exec_driver_sql("INSERT INTO search (search) VALUES ('optimize')")


def _fill_tsvector(connection: Connection, progress: Callable[[int, int], None]) -> None:
    from services.search.tsvector import indexing

    # The tables were empty a moment ago: plans are to be made for what is in them now.
    connection.exec_driver_sql("ANALYZE messages")
    connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_custom_plan")
    total = connection.exec_driver_sql("SELECT count(*) FROM messages").scalar_one()
    done = last = 0
    while (first := indexing.first_missing(connection, last)) is not None:
        last = indexing.fill(connection, first)
        done = min(done + indexing.CHUNK_SIZE, total)
        progress(done, total)
