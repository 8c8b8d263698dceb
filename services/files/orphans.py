"""Loose files: removing what no message holds any more.

The hash of every file that perhaps nobody holds stands in a table, since before it got its
name, or since a message let go of it (`models.attachment`). So files and rows agree again
after a crash at whatever moment, once this has looked at them.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from sqlalchemy import delete, exists
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import Session, col, select

from models import Attachment, LooseFile
from services.core import app_context
from services.core.errors import ServiceError
from services.core.tasks import BackgroundTask
from services.db import database

log = logging.getLogger(__name__)
EVERY = 60.0
"""Seconds between two looks, when nobody asks for one."""
CHUNK_SIZE = 100
"""How many one write looks at."""

_arriving: Counter[str] = Counter()
"""By hash: uploads that are just giving a file this name."""
_wanted = asyncio.Event()
_work = BackgroundTask()


def start() -> None:
    """Look after loose files, in the background."""
    global _wanted
    _wanted = asyncio.Event()  # one belongs to the event loop that it is first awaited on
    _work.start(_look_after)


async def stop() -> None:
    """Stop after the look that is under way."""
    await _work.stop()


def look_soon() -> None:
    """Have it looked whether anything is to be removed."""
    _wanted.set()


@contextmanager
def arriving(digest: str) -> Iterator[None]:
    """Keep a file from being removed while it gets its name and its message."""
    _arriving[digest] += 1
    try:
        yield
    finally:
        _arriving[digest] -= 1
        if not _arriving[digest]:
            del _arriving[digest]
            look_soon()


async def note(digest: str) -> None:
    """Note that a file of this hash is going to be there, and perhaps nobody will hold it."""
    await database.write(
        lambda session: session.connection().execute(
            insert(LooseFile).values(hash=digest).on_conflict_do_nothing()
        )
    )


async def collect() -> None:
    """Remove the files that no message holds."""
    while loose := await database.read(partial(_loose, tuple(_arriving))):
        await database.write(partial(_collect, loose))


async def _look_after() -> None:
    while True:
        _wanted.clear()
        try:
            await collect()
        except (ServiceError, OSError) as error:
            log.warning("files that nobody holds are still there: %s", error)
        try:
            async with asyncio.timeout(EVERY):
                await _wanted.wait()
        except TimeoutError:
            continue


def _loose(arriving: Collection[str], session: Session) -> Mapping[str, bool]:
    """Return some loose files, each with whether a message holds it, as it is stored now."""
    held = exists().where(col(Attachment.hash) == LooseFile.hash)
    found = session.exec(
        select(LooseFile.hash, held).where(col(LooseFile.hash).not_in(arriving)).limit(CHUNK_SIZE)
    )
    return dict(found.all())


def _collect(loose: Mapping[str, bool], session: Session) -> None:
    """Remove those of the loose files that nobody holds, and note that the others are held.

    Who let go of one in a write that is not stored yet may need it after all: such a file is
    left for the next look.
    """
    held = set(session.exec(select(Attachment.hash).where(col(Attachment.hash).in_(loose))))
    settled = [
        digest
        for digest, was_held in loose.items()
        if digest not in _arriving and was_held == (digest in held)
    ]
    for digest in settled:
        if digest not in held:
            app_context.current().files.remove(digest)
    session.connection().execute(delete(LooseFile).where(col(LooseFile.hash).in_(settled)))
