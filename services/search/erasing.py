"""Take the words of deleted messages out of the files of the database.

With SQLite, a deleted word is still in older parts of the full-text index, until they are merged,
and in the write-ahead log, until that begins again. (FTS5's own `secure-delete` would write an
index that SQLite before 3.42 cannot read: a backup must be restorable on any.) Free space in the
file needs nothing: `services/db/sqlite/connections.py` has SQLite overwrite what it frees.
"""

import asyncio
import logging
import time
from functools import partial

from sqlmodel import Session

from services.core import events
from services.core.errors import ServiceError
from services.core.tasks import RequestedTask
from services.db import database
from services.search import engines

log = logging.getLogger(__name__)
DELAY_SECONDS = 60.0
"""From a deletion to the merge: more may follow."""
INTERVAL_SECONDS = 600.0
"""The least time between two merges, each of which rewrites the whole index."""
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
    """Erase them from the index, step by step, and from where older states are kept."""
    begins = True
    while await database.write(partial(_step, begins=begins)):
        begins = False
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


def _step(session: Session, *, begins: bool) -> bool:
    return engines.of(session).erase(session, begins=begins)
