"""Indexes in the background, after a start, the messages that are not in the index.

These are messages of a time when it was emptied, or that another program has changed. Each piece
is a write of its own, so that nobody waits for long.
"""

import logging
from functools import partial

from sqlmodel import Session

from services.core.errors import ServiceError
from services.core.tasks import BackgroundTask
from services.db import database
from services.search.tsvector import indexing

log = logging.getLogger(__name__)
_task = BackgroundTask()


def start() -> None:
    """Start it, unless it runs."""
    _task.start(_run, later=True)


async def stop() -> None:
    """Stop it after the current piece: the next start goes on."""
    await _task.stop()


async def fill() -> None:
    """Index all that is missing. Raises `Unavailable`."""
    last = 0
    while (first := await database.read(partial(_first_missing, last))) is not None:
        last = await database.write(partial(_fill, first))


async def _run() -> None:
    try:
        await fill()
    except ServiceError as error:
        log.warning("Failed to fill the index of the search: %s", error.message)
    except Exception:
        log.exception("Failed to fill the index of the search")


def _first_missing(after: int, session: Session) -> int | None:
    return indexing.first_missing(session.connection(), after)


def _fill(first: int, session: Session) -> int:
    return indexing.fill(session.connection(), first)
