"""Take the words of deleted messages out of the files of the database.

A deleted word is still in older parts of the full-text index, until they are merged, and in the
write-ahead log, until that begins again. (FTS5's own `secure-delete` would write an index that
SQLite before 3.42 cannot read: a backup must be restorable on any.) Free space in the file needs
nothing: `services/db/sqlite/connections.py` has SQLite overwrite what it frees.
"""

import asyncio
import logging
import time
from functools import partial

from sqlmodel import Session, text

from services.core import events
from services.core.errors import ServiceError
from services.core.tasks import RequestedTask
from services.db import database

log = logging.getLogger(__name__)
DELAY_SECONDS = 60.0
"""From a deletion to the merge: more may follow."""
INTERVAL_SECONDS = 600.0
"""The least time between two merges, each of which rewrites the whole index."""
MERGE_PAGES = 50
"""Pages that are merged in one write: others' writes wait for about 20 ms."""
ERASE_ATTEMPTS = 30

_work = RequestedTask(events.MessageDeleted, events.RoomsPurged)


def start() -> None:
    """Erase in the background, soon after messages or rooms are deleted.

    Does nothing if it has started already.
    """
    _work.start(_run)


async def stop() -> None:
    """Stop after the current step."""
    await _work.stop()


async def erase() -> None:
    """Merge the index, step by step, and empty the write-ahead log."""
    pages = -MERGE_PAGES
    while await database.write(partial(_merge, pages=pages)):
        pages = MERGE_PAGES
    for _attempt in range(ERASE_ATTEMPTS):
        if await database.current().erase_deleted():
            return
        await asyncio.sleep(1)


async def _run() -> None:
    while True:
        await _work.requested.wait()
        await asyncio.sleep(DELAY_SECONDS)
        _work.requested.clear()
        began = time.monotonic()
        try:
            await erase()
        except ServiceError:  # a full disk, for example: later
            _work.request()
        except Exception:
            log.exception("Failed to erase the words of deleted messages")
        await asyncio.sleep(max(0.0, INTERVAL_SECONDS - (time.monotonic() - began)))


def _merge(session: Session, *, pages: int) -> bool:
    """Merge some pages of the index; return whether there was anything to merge.

    A negative number begins a merge of everything (https://www.sqlite.org/fts5.html,
    section 6.9); the number of changed rows tells whether anything happened.
    """
    connection = session.connection()
    raw = connection.connection.dbapi_connection
    assert raw is not None
    before = raw.total_changes
    connection.execute(
        text("INSERT INTO search (search, rank) VALUES ('merge', :pages)"),
        {"pages": pages},
    )
    return bool(raw.total_changes - before >= 2)
