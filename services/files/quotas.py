"""Quotas: storage per person and in total, and uploads at the same time."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam, exists, func, or_
from sqlmodel import Session, col, select

from models import Attachment, Avatar, FileKind, PendingFile, Sticker
from services.core import app_context, filesize
from services.core.errors import RateLimited, ServiceError, Unavailable
from services.core.i18n import _
from services.db import database
from services.files.stickers.starter_facts import FACTS

MAX_UPLOADS_PER_USER = 4
"""Uploads of one person at a time."""
MAX_UPLOADS = 50
"""Uploads of all people at a time."""
RETRY_AFTER_SECONDS = 5
"""How long someone refused for too many uploads should wait."""

_reserved: Counter[int] = Counter()
"""By user: bytes that are announced and not stored yet."""
_uploads: Counter[int] = Counter()
"""By user: uploads in progress."""

# The total counts a file once. The usage of a person counts each message with it, but a sticker
# once, whether they keep it, have sent it, or both; one that comes with the chat never.
_STARTERS = [digest for digest, _size in FACTS.values()]
_IS_STICKER = sqlalchemy.text(f"attachments.kind = '{FileKind.STICKER}'")  # for the partial indexes
_IS_OTHER = sqlalchemy.text(f"attachments.kind != '{FileKind.STICKER}'")


def _held(*, by_one: bool) -> Any:
    """Return what counts towards quotas, but for pictures of people: user and size in bytes.

    It is of all, or of the user that is a parameter.
    """
    files = sqlalchemy.select(col(Attachment.user_id), col(Attachment.size)).where(_IS_OTHER)
    sent = sqlalchemy.select(
        col(Attachment.user_id), col(Attachment.size), col(Attachment.hash)
    ).where(_IS_STICKER, col(Attachment.hash).not_in(_STARTERS))
    kept = sqlalchemy.select(col(Sticker.user_id), col(Sticker.size), col(Sticker.hash)).where(
        col(Sticker.hash).not_in(_STARTERS)
    )
    pending = sqlalchemy.select(col(PendingFile.user_id), col(PendingFile.size))
    if by_one:
        pending = pending.where(col(PendingFile.user_id) == bindparam("user"))
        files = files.where(col(Attachment.user_id) == bindparam("user"))
        sent = sent.where(col(Attachment.user_id) == bindparam("user"))
        kept = kept.where(col(Sticker.user_id) == bindparam("user"))
    stickers = sqlalchemy.union(sent, kept).subquery()
    each = sqlalchemy.select(stickers.c.user_id, stickers.c.size)
    return sqlalchemy.union_all(files, pending, each).subquery()


HELD = _held(by_one=False)
_HELD_BY_ONE = _held(by_one=True)
_OWN_AVATAR = sqlalchemy.select(col(Avatar.size)).where(col(Avatar.user_id) == bindparam("user"))
_AVATARS = sqlalchemy.select(func.coalesce(func.sum(col(Avatar.size)), 0))
_USED_BY: Any = sqlalchemy.select(
    func.coalesce(func.sum(_HELD_BY_ONE.c.size), 0)
    + func.coalesce(_OWN_AVATAR.scalar_subquery(), 0)
)
_FILES = sqlalchemy.union(
    sqlalchemy.select(col(Attachment.hash), col(Attachment.size)),
    sqlalchemy.select(col(Sticker.hash), col(Sticker.size)),
    sqlalchemy.select(col(PendingFile.hash), col(PendingFile.size)),
).subquery()
_TOTAL: Any = sqlalchemy.select(
    func.count(), func.coalesce(func.sum(_FILES.c.size), 0) + _AVATARS.scalar_subquery()
).select_from(_FILES)


class QuotaExceeded(ServiceError):
    """There is no space left for what somebody wants to store."""


@contextmanager
def upload_slot(user_id: int) -> Iterator[None]:
    """Count an upload for as long as the block lasts. Raises `RateLimited` for too many."""
    if _uploads[user_id] >= MAX_UPLOADS_PER_USER or _uploads.total() >= MAX_UPLOADS:
        raise RateLimited(RETRY_AFTER_SECONDS)
    _uploads[user_id] += 1
    try:
        yield
    finally:
        _release(_uploads, user_id, 1)


@contextmanager
def reserve(user_id: int, size: int) -> Iterator[None]:
    """Reserve `size` bytes for an upload, for as long as the block lasts."""
    _reserved[user_id] += size
    try:
        yield
    finally:
        _release(_reserved, user_id, size)


async def require_space(user_id: int) -> None:
    """Raise `QuotaExceeded` if all that is reserved exceeds a quota, `Unavailable` for the disk."""
    if not await asyncio.to_thread(app_context.current().files.has_room, _reserved.total()):
        raise Unavailable(
            _(
                "The server's disk is nearly full, so files can't be sent. Ask the host to "
                "free up space."
            )
        )
    await database.read(
        lambda session: require_within(session, user_id, _reserved[user_id], _reserved.total())
    )


def require_within(session: Session, user_id: int, more: int, more_in_all: int) -> None:
    """Raise `QuotaExceeded` if that many more bytes would exceed their quota or the total."""
    settings = app_context.current().settings
    used = session.connection().execute(_USED_BY, {"user": user_id}).scalar_one()
    if used + more > settings.files_per_person:
        raise QuotaExceeded(
            _("Your files use {used} of your {most}. Delete some of them first.").format(
                used=filesize.text(used), most=filesize.text(settings.files_per_person)
            )
        )
    if stored(session)[1] + more_in_all > settings.files_total:
        raise QuotaExceeded(_("The chat's space for files is used up. Ask the host for more."))


def added_by_sticker(session: Session, user_id: int, sticker: Sticker) -> int:
    """Return the bytes that a sticker adds to what a user uses.

    It counts already if they keep it, or have sent it, and never if it comes with the chat.
    """
    if sticker.hash in _STARTERS:
        return 0
    kept = exists().where(col(Sticker.user_id) == user_id, col(Sticker.hash) == sticker.hash)
    sent = exists().where(
        col(Attachment.user_id) == user_id, col(Attachment.hash) == sticker.hash, _IS_STICKER
    )
    return 0 if session.exec(select(or_(kept, sent))).one() else sticker.size


def stored(session: Session) -> tuple[int, int]:
    """Return the number of stored files, and their size in bytes with that of pictures of people.

    Each file counts once.
    """
    files, size = session.connection().execute(_TOTAL).one()
    return files, size


def _release(counter: Counter[int], user_id: int, number: int) -> None:
    counter[user_id] -= number
    if not counter[user_id]:
        del counter[user_id]
