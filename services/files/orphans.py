"""Remove files that no message and no sticker refers to any more.

The table of loose files (`models.attachment`) has the hash of every file that may be an
orphan: a row is added before a file gets its final name, and when a message drops its file. So
after a crash at any moment, a pass over this table brings files and rows back in step.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

from sqlalchemy import delete, text
from sqlmodel import Session, col, select

from models import Attachment, LooseFile, Sticker
from services.core import app_context, events
from services.core.errors import ServiceError
from services.core.tasks import RequestedTask
from services.db import database

log = logging.getLogger(__name__)
INTERVAL_SECONDS = 60.0
"""Time between two passes without a request."""
CHUNK_SIZE = 100
"""Files per write."""

_HOLDERS = (Attachment, Sticker)
"""What refers to files."""
_arriving: Counter[str] = Counter()
"""By hash: the uploads that are storing this file."""
_leaving: dict[str, asyncio.Event] = {}
"""By hash: what is set once this file, which a pass is removing, is gone."""
_NOTE = text("INSERT INTO loose_files (hash) VALUES (:hash) ON CONFLICT DO NOTHING")
_work = RequestedTask(events.MessageDeleted, events.RoomsPurged)


def start() -> None:
    """Collect orphans in the background, soon after messages or rooms are deleted.

    Does nothing if it has started already.
    """
    _work.start(_run, later=True)


async def stop() -> None:
    """Stop after the current pass."""
    await _work.stop()


def collect_soon() -> None:
    """Request a pass in the background."""
    _work.request()


@asynccontextmanager
async def arriving(digest: str) -> AsyncIterator[None]:
    """Protect a file from removal while it is stored and gets its message."""
    while (gone := _leaving.get(digest)) is not None:
        await gone.wait()
    _arriving[digest] += 1
    try:
        yield
    finally:
        _arriving[digest] -= 1
        if not _arriving[digest]:
            del _arriving[digest]
            collect_soon()


async def note(digest: str) -> None:
    """Record that a file with this hash is about to exist, perhaps without a message."""
    await database.write(lambda session: session.connection().execute(_NOTE, {"hash": digest}))


async def collect() -> None:
    """Remove all files that nothing refers to. Raises `OSError`."""
    while True:
        while _leaving:  # in another pass
            await next(iter(_leaving.values())).wait()
        loose = await database.read(partial(_loose, tuple(_arriving)))
        if not loose:
            return
        digests = [each for each in loose if each not in _arriving and each not in _leaving]
        with _leave(digests):
            # Asked only now: what arrived before is committed, and what arrives now waits.
            held = await database.read(partial(_held, digests))
            # Not within the write: nobody else could write while a store does not answer.
            await app_context.current().files.remove([each for each in digests if each not in held])
            await database.write(partial(_forget, digests, held), uses_reserve=True)


@contextmanager
def _leave(digests: Collection[str]) -> Iterator[None]:
    """Let uploads of these files wait for as long as the block lasts."""
    gone = asyncio.Event()
    _leaving.update(dict.fromkeys(digests, gone))
    try:
        yield
    finally:
        for each in digests:
            del _leaving[each]
        gone.set()


async def _run() -> None:
    while True:
        _work.requested.clear()
        try:
            await collect()
        except (ServiceError, OSError) as error:
            log.warning("Failed to remove files without a message: %s", error)
        try:
            async with asyncio.timeout(INTERVAL_SECONDS):
                await _work.requested.wait()
        except TimeoutError:
            continue


def _loose(arriving: Collection[str], session: Session) -> Collection[str]:
    """Return some loose files."""
    found = session.exec(
        select(LooseFile.hash).where(col(LooseFile.hash).not_in(arriving)).limit(CHUNK_SIZE)
    )
    return found.all()


def _held(digests: Collection[str], session: Session) -> Collection[str]:
    """Return those files that something refers to."""
    return {
        digest
        for each in _HOLDERS
        for digest in session.exec(select(each.hash).where(col(each.hash).in_(digests)))
    }


def _forget(digests: Collection[str], were_held: Collection[str], session: Session) -> None:
    """Within a write, remove the rows of files that are removed, or were held.

    If that differs from what is committed, another write of the same group has changed it, and
    may still be rolled back: such a file waits for the next pass.
    """
    held = _held(digests, session)
    decided = [each for each in digests if (each in held) == (each in were_held)]
    session.connection().execute(delete(LooseFile).where(col(LooseFile.hash).in_(decided)))
