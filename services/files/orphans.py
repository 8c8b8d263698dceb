"""Remove files that no message, no sticker and no upload of an app refers to any more.

The table of loose files (`models.attachment`) has the hash of every file that may be an
orphan: a row is added before a file gets its final name, and when a message drops its file. So
after a crash at any moment, a pass over this table brings files and rows back in step.

A pass first marks the rows of the files that it removes, and forgets them once these are gone.
In between, nobody stores the same file anew: other processes may take uploads, too, and a store
that is away must not keep everybody from writing.

Among several processes, one does not see what the others are storing. So a file stays for a while,
and an upload that takes longer says again and again that it goes on: by a row of its own.
"""

import asyncio
import logging
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from functools import partial

from sqlalchemy import ColumnElement, delete, exists, func, or_, text
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from models import Attachment, LooseFile, PendingFile, Sticker
from models.clock import now
from services.core import app_context, events, joined
from services.core.errors import ServiceError, Unavailable
from services.core.i18n import _
from services.core.tasks import RequestedTask
from services.db import database

log = logging.getLogger(__name__)
INTERVAL_SECONDS = 60.0
"""Time between two passes without a request."""
CHUNK_SIZE = 100
"""Files per write."""
PENDING_FOR = timedelta(days=1)
"""For how long what an app has uploaded waits for its message."""
GRACE_SECONDS = 1800.0
"""For how long a file stays loose before it is removed, where other processes take uploads, too."""
RENEW_SECONDS = 600.0
"""How often an upload says that it goes on, as when a slow bucket takes a large file."""
MAX_SEEN = 5000
"""Files of which it is known at a time since when they are loose; others wait for a later pass."""
WAIT_SECONDS = 0.1
"""How often an upload looks whether a file of the same content is gone, which is being removed."""
MAX_WAITS = 300
BUSY, TOKEN_BYTES = "+", 4
"""How a row begins that says of a file that it is being stored: with something random after it, so
that each such row is new, and then the hash. One that a crash has left is as old as a loose file.
"""
FRESH_SECONDS = 10.0
"""How long it holds what was read of marked rows. A process that was frozen since, or its machine
suspended, may not do these jobs any more: another has removed the files, and somebody may have sent
the same ones again.
"""
MARK = "-"
"""How the hash of a file begins, in its row, that is being removed."""

_HOLDERS = (Attachment, Sticker, PendingFile)
"""What refers to files."""
_arriving: Counter[str] = Counter()
"""By hash: the uploads that are storing this file."""
_seen: dict[str, float] = {}
"""By hash, among several processes: since when, by the monotonic clock, this one sees it loose."""
_pass: asyncio.Event | None = None
"""What is set once the pass that runs now is over."""
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
    _seen.clear()  # should this process do it again later, what it saw is too old to go by


def collect_soon() -> None:
    """Request a pass in the background."""
    _work.request()


@contextmanager
def arriving(digest: str) -> Iterator[None]:
    """Protect a file from removal while it is stored and gets its message."""
    _arriving[digest] += 1
    try:
        yield
    finally:
        _arriving[digest] -= 1
        if not _arriving[digest]:
            del _arriving[digest]
            collect_soon()


@asynccontextmanager
async def storing(digest: str) -> AsyncIterator[None]:
    """Protect a file that is about to exist, however long it takes until it has its message.

    Raises as `note`.
    """
    with arriving(digest):
        await note(digest)
        if joined.current() is None:
            yield
            return
        renewing = asyncio.get_running_loop().create_task(_renew(digest))
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.wait([renewing])


async def _renew(digest: str) -> None:
    """Tell the other processes again and again that a file is being stored, until cancelled."""
    told: list[str] = []  # several, while it is not known whether a write is stored
    try:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            before, new = list(told), BUSY + secrets.token_hex(TOKEN_BYTES) + digest
            told.append(new)
            try:
                await database.write(partial(_replace, before, new), uses_reserve=True)
                told = [new]
            except ServiceError as error:
                log.warning("Failed to note that a file is still being stored: %s", error)
    finally:
        if told:
            with suppress(ServiceError):  # then they are forgotten later
                await database.write(partial(_forget, told), uses_reserve=True)


def _replace(old: Collection[str], new: str, session: Session) -> None:
    _forget(old, session)
    session.connection().execute(_NOTE, {"hash": new})


async def note(digest: str) -> None:
    """Record that a file with this hash is about to exist, perhaps without a message.

    Waits while one of the same content is being removed. Raises `Unavailable` if that lasts.
    """

    def store(session: Session) -> bool:
        if session.get(LooseFile, MARK + digest) is not None:
            return False
        session.connection().execute(_NOTE, {"hash": digest})
        return True

    for _attempt in range(MAX_WAITS):
        if await database.write(store):
            return
        await asyncio.sleep(WAIT_SECONDS)
    raise _not_stored()


def keep(session: Session, digest: str) -> None:
    """Within the write that lets something refer to a file, before it does: it is loose no more.

    Raises `Unavailable` if another process is removing the file, or has, since it was noted.
    """
    noted = session.connection().execute(delete(LooseFile).where(col(LooseFile.hash) == digest))
    if noted.rowcount == 0 and not _held(session, [digest]):
        raise _not_stored()


def is_held(session: Session, digest: str) -> bool:
    """Return whether something refers to a file, so that it is in the store."""
    return bool(_held(session, [digest]))


def _not_stored() -> Unavailable:
    return Unavailable(_("The file could not be stored. Send it again."))


async def collect() -> None:
    """Remove all files that nothing refers to. Raises `OSError`.

    Among several processes, another may be about to refer to one: it stays for a while.
    """
    global _pass
    while _pass is not None:
        await _pass.wait()
    _pass = asyncio.Event()
    try:
        await _collect()
    finally:
        _pass.set()
        _pass = None


async def _collect() -> None:
    await _expire()
    await _remove()  # what a crash has left
    if joined.current() is None:
        while loose := await database.read(partial(_loose, _others_than(_arriving))):
            await _take_out(loose)
        return
    while ripe := _ripe():
        loose = await database.read(partial(_loose, col(LooseFile.hash).in_(ripe)))
        await _take_out(loose, ripe)
    await _see()


async def _expire() -> None:
    """Forget what apps have uploaded a while ago and never sent: its files become loose."""
    is_over = (col(PendingFile.created_at) < now() - PENDING_FOR) & text(
        "NOT pending_files.is_kept"
    )
    if await database.read(lambda session: session.exec(select(exists().where(is_over))).one()):
        await database.write(
            lambda session: session.connection().execute(delete(PendingFile).where(is_over)),
            uses_reserve=True,
        )


async def _see() -> None:
    """Note since when files are loose that were not when this process looked before."""
    if (free := MAX_SEEN - len(_seen)) > 0:
        known = _others_than([*_arriving, *_seen])
        new = await database.read(partial(_loose, known, limit=free))
        _seen.update(dict.fromkeys(new, time.monotonic()))


def _ripe() -> list[str]:
    """Return some files that have been loose for long enough, unless something refers to them."""
    since = time.monotonic() - GRACE_SECONDS
    return [digest for digest, at in _seen.items() if at <= since][:CHUNK_SIZE]


async def _take_out(loose: Mapping[str, bool], ripe: Collection[str] = ()) -> None:
    """Remove those of these loose files that nothing refers to.

    Of those that were `ripe`, one that is loose again later stays for a while again.
    """
    await database.write(partial(_mark, loose), uses_reserve=True)
    for digest in ripe:
        _seen.pop(digest, None)
    await _remove()


async def _remove() -> None:
    """Remove the files whose rows are marked, and then these rows."""
    while True:
        asked_at = _clock()
        marked = await database.read(_marked)
        if not marked:
            return
        if _clock() - asked_at > FRESH_SECONDS:
            continue
        digests = [each.removeprefix(MARK) for each in marked]
        # Not within a write: nobody else could write while a store does not answer.
        await app_context.current().files.remove(digests)
        await database.write(partial(_forget, marked), uses_reserve=True)


def _clock() -> float:
    """Return seconds that go on while the machine is suspended, where its system counts them."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)  # only Linux; the monotonic clock stands still
    return time.monotonic() if boot is None else time.clock_gettime(boot)


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


_IS_MARKED = col(LooseFile.hash).startswith(MARK)
_SAYING = aliased(LooseFile)
_IS_BUSY = exists().where(
    col(_SAYING.hash).startswith(BUSY),
    func.substr(_SAYING.hash, len(BUSY) + 2 * TOKEN_BYTES + 1) == LooseFile.hash,
)
"""Whether another process says of a file that it is being stored."""


def _others_than(digests: Collection[str]) -> ColumnElement[bool]:
    return col(LooseFile.hash).not_in(list(digests))


def _loose(
    which: ColumnElement[bool], session: Session, *, limit: int = CHUNK_SIZE
) -> Mapping[str, bool]:
    """Return some of these loose files, each with whether something committed refers to it."""
    held = or_(*(exists().where(col(each.hash) == LooseFile.hash) for each in _HOLDERS))
    wanted = select(LooseFile.hash, held).where(which, ~_IS_MARKED, ~_IS_BUSY)
    return dict(session.exec(wanted.limit(limit)).all())


def _marked(session: Session) -> Collection[str]:
    """Return some of the marked rows, as they are."""
    return session.exec(select(LooseFile.hash).where(_IS_MARKED).limit(CHUNK_SIZE)).all()


def _mark(loose: Mapping[str, bool], session: Session) -> None:
    """Mark the rows of loose files that nothing refers to, and remove the others.

    If that differs from what is committed, another write of the same group has changed it, and
    may still be rolled back: such a file waits for the next pass.
    """
    held = _held(session, loose)
    decided = [
        digest
        for digest, was_held in loose.items()
        if digest not in _arriving and was_held == (digest in held)
    ]
    _forget(decided, session)
    for digest in decided:
        if digest not in held and not digest.startswith(BUSY):
            session.connection().execute(_NOTE, {"hash": MARK + digest})


def _forget(rows: Collection[str], session: Session) -> None:
    session.connection().execute(delete(LooseFile).where(col(LooseFile.hash).in_(rows)))


def _held(session: Session, digests: Collection[str]) -> set[str]:
    """Return to which of these files something refers."""
    return {
        digest
        for each in _HOLDERS
        for digest in session.exec(select(each.hash).where(col(each.hash).in_(digests)))
    }
