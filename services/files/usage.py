"""Storage usage by files, for administrators."""

import asyncio
from typing import Any, NamedTuple

import sqlalchemy
from sqlalchemy import func
from sqlmodel import Session, col

from models import Attachment, User
from services.accounts.admin import require_admin
from services.core import app_context
from services.core.dto import CurrentUser, Limits, Share, Usage, UserSummary
from services.core.rate_limited import rate_limited
from services.db import database
from services.files import quotas
from services.files.store import FREE_SHARE

LARGEST = 20
"""How many people are listed by name."""

# It reads an index only.
_BY_USER: Any = (
    sqlalchemy.select(
        col(Attachment.user_id), func.sum(col(Attachment.size)), func.count().label("files")
    )
    .group_by(col(Attachment.user_id))
    .order_by(func.sum(col(Attachment.size)).desc(), col(Attachment.user_id))
)
_PEOPLE: Any = sqlalchemy.select(
    col(User.id), col(User.username), col(User.display_name), col(User.hue)
)


class _UserTotal(NamedTuple):
    user_id: int
    size: int
    files: int


@rate_limited("look")
async def usage(viewer: CurrentUser) -> Usage:
    """Return the usage in total and by person, and the limits.

    Raises `Forbidden` for anyone but administrators.
    """
    require_admin(viewer)
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
