"""What a person has uploaded for encrypted messages: the chat cannot see which need it.

So it stays until its owner deletes it, and counts towards their quota.
"""

from datetime import timedelta
from typing import Any

import sqlalchemy
from msgspec import Struct
from sqlalchemy import func
from sqlmodel import Session, col, delete, select

from models import PendingFile
from models.clock import now
from services.core.dto import CurrentUser
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.files import orphans

CHUNK_SIZE = 500
"""Files that are forgotten in one write."""
LONGEST = 100_000
"""Days: more than there can be."""
_IS_KEPT = sqlalchemy.text("pending_files.is_kept")  # as the index says it


class Held(Struct, frozen=True):
    """How many such files a person has, and their size in bytes."""

    files: int
    size: int


@rate_limited("read")
async def mine(viewer: CurrentUser) -> Held:
    """Return how many files the viewer has uploaded for encrypted messages, and their size."""

    def query(session: Session) -> Held:
        size = func.coalesce(func.sum(PendingFile.size), 0)
        found: Any = select(func.count(), size).where(*_mine(viewer))
        return Held(*session.exec(found).one())

    return await database.read(query)


@rate_limited("message")
async def remove(viewer: CurrentUser, *, older_than_days: int) -> int:
    """Delete what the viewer has uploaded so longer ago than that; return how many files it was.

    Encrypted messages with these files stay, and apps that have not got them yet cannot any more.
    """
    since = now() - timedelta(days=max(0, min(older_than_days, LONGEST)))

    def forget(session: Session) -> int:
        some = select(PendingFile.media_id).where(*_mine(viewer), PendingFile.created_at < since)
        old = delete(PendingFile).where(col(PendingFile.media_id).in_(some.limit(CHUNK_SIZE)))
        return session.exec(old).rowcount

    removed = 0
    while count := await database.write(forget, uses_reserve=True):
        removed += count
    if removed:
        orphans.collect_soon()
    return removed


def _mine(viewer: CurrentUser) -> tuple[Any, ...]:
    return (PendingFile.user_id == viewer.user_id, _IS_KEPT)
