"""Quotas: how much may be kept, of whom, and how much may come in at a time."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam, func
from sqlmodel import Session, col

from models import Attachment
from services.core import app_context, filesize
from services.core.errors import RateLimited, ServiceError, Unavailable
from services.core.i18n import _
from services.db import database

AT_ONCE_EACH = 4
"""How many files one person sends at a time."""
AT_ONCE = 50
"""How many come in at a time from everybody."""
TRY_AGAIN = 5
"""Seconds after which whoever was one too many tries again."""

_coming: Counter[int] = Counter()
"""By user: the bytes that are announced and not stored yet."""
_uploads: Counter[int] = Counter()
"""By user: how many files are coming in."""

# What is kept once counts once for the house; for people each message of theirs counts.
_OF_USER: Any = sqlalchemy.select(func.coalesce(func.sum(col(Attachment.size)), 0)).where(
    col(Attachment.user_id) == bindparam("user")
)
_EACH = sqlalchemy.select(col(Attachment.hash), col(Attachment.size)).distinct().subquery()
_OF_ALL: Any = sqlalchemy.select(
    func.count(), func.coalesce(func.sum(_EACH.c.size), 0)
).select_from(_EACH)


@contextmanager
def place(user_id: int) -> Iterator[None]:
    """Be one of those whose files come in. Raises `RateLimited` while there are enough of them."""
    if _uploads[user_id] >= AT_ONCE_EACH or _uploads.total() >= AT_ONCE:
        raise RateLimited(TRY_AGAIN)
    _uploads[user_id] += 1
    try:
        yield
    finally:
        _release(_uploads, user_id, 1)


@contextmanager
def space(user_id: int, size: int) -> Iterator[None]:
    """Keep `size` bytes free for what comes in, until it is stored or given up."""
    _coming[user_id] += size
    try:
        yield
    finally:
        _release(_coming, user_id, size)


async def require(user_id: int) -> None:
    """Raise `ServiceError` or `Unavailable`, if what comes in now is more than may be kept."""
    if not await asyncio.to_thread(app_context.current().files.has_room, _coming.total()):
        raise Unavailable(
            _("The server's disk is nearly full, so it takes no files. Ask the host to make room.")
        )
    await database.read(
        lambda session: require_within(session, user_id, _coming[user_id], _coming.total())
    )


def require_within(session: Session, user_id: int, more: int, more_in_all: int) -> None:
    """Raise `ServiceError` if somebody, or all together, would keep more than they may."""
    settings = app_context.current().settings
    used = session.connection().execute(_OF_USER, {"user": user_id}).scalar_one()
    if used + more > settings.files_per_person:
        raise ServiceError(
            _("Your files take {used} of the {most} you have. Delete some of them first.").format(
                used=filesize.say(used), most=filesize.say(settings.files_per_person)
            )
        )
    if kept(session)[1] + more_in_all > settings.files_total:
        raise ServiceError(
            _("The files of all take up what the host has set aside. Ask the host for more.")
        )


def kept(session: Session) -> tuple[int, int]:
    """Return how many files are kept, each once, and their bytes together."""
    files, size = session.connection().execute(_OF_ALL).one()
    return files, size


def _release(counter: Counter[int], user_id: int, number: int) -> None:
    counter[user_id] -= number
    if not counter[user_id]:
        del counter[user_id]
