"""Storage usage by files, for administrators."""

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy
from msgspec import Struct
from sqlalchemy import func
from sqlmodel import Session, col

from models import User
from services.accounts.admin import admins_only
from services.accounts.people import SUMMARY_COLUMNS
from services.core import app_context
from services.core.dto import CurrentUser, UserSummary
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.files import quotas
from services.files.store.incoming import FREE_SHARE


class Share(Struct, frozen=True):
    """What somebody keeps: each message of theirs with a file counts, and each sticker once."""

    person: UserSummary
    size: int
    """Bytes."""
    files: int


class Limits(Struct, frozen=True):
    """What the host has set about files; sizes in bytes."""

    of_file: int
    of_person: int
    of_all: int
    refused: Sequence[str]
    """Kinds and endings of names that are not taken."""
    kept_free: int
    """With less of the disk free, no files are taken."""


class Usage(Struct, frozen=True):
    """Stored files in total and by user, and the limits; sizes in bytes."""

    limits: Limits
    size: int
    """Of all files, each once, however many messages hold it."""
    files: int
    disk_free: int
    disk_size: int
    largest: Sequence[Share]
    """Those who keep most, the first of them first."""
    others: int
    """How many there are besides who keep anything."""
    size_of_others: int
    files_of_others: int


LARGEST = 20
"""How many people are listed by name."""

# It reads an index only.
_BY_USER: Any = (
    sqlalchemy.select(
        quotas.HELD.c.user_id, func.sum(quotas.HELD.c.size), func.count().label("files")
    )
    .group_by(quotas.HELD.c.user_id)
    .order_by(func.sum(quotas.HELD.c.size).desc(), quotas.HELD.c.user_id)
)
_PEOPLE: Any = sqlalchemy.select(*SUMMARY_COLUMNS)


class _UserTotal(NamedTuple):
    user_id: int
    size: int
    files: int


@admins_only
@rate_limited("read")
async def usage(viewer: CurrentUser) -> Usage:
    """Return the usage in total and by person, and the limits.

    Raises `Forbidden` for anyone but administrators.
    """
    free, total = await asyncio.to_thread(app_context.current().files.disk)
    return await database.read(lambda session: _usage(session, free, total))


def _usage(session: Session, free: int, total: int) -> Usage:
    connection = session.connection()
    files, size = quotas.stored(session)
    totals = [_UserTotal(*each) for each in connection.execute(_BY_USER)]
    named, others = totals[:LARGEST], totals[LARGEST:]
    statement = _PEOPLE.where(col(User.id).in_([each.user_id for each in named]))
    people = {user[0]: UserSummary(*user) for user in connection.execute(statement)}
    return Usage(
        limits=_limits(total),
        size=size,
        files=files,
        disk_free=free,
        disk_size=total,
        largest=[Share(people[each.user_id], each.size, each.files) for each in named],
        others=len(others),
        size_of_others=sum(each.size for each in others),
        files_of_others=sum(each.files for each in others),
    )


def _limits(disk: int) -> Limits:
    settings = app_context.current().settings
    return Limits(
        of_file=settings.file_size,
        of_person=settings.files_per_person,
        of_all=settings.files_total,
        refused=sorted(settings.refused_kinds),
        kept_free=round(disk * FREE_SHARE),
    )
