"""Notices about the security of an account: shown on open pages, or later.

Each session shows a notice once, so that somebody who has come in cannot take it from the others.

See OWASP ASVS 5.0, 6.3.7.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam
from sqlmodel import Session, col, delete, select, update

from models import LoginSession, NoticeKind, SecurityNotice
from models.clock import now
from services.core import events
from services.core.dto import CurrentUser, NoticeView
from services.db import database

MAX_KEPT = 20
"""Notices that are kept for one user; then the oldest is dropped."""
SHOWN_FOR = timedelta(days=14)
"""How old a notice may be when it is shown: a session that is not used for longer is over."""


def add(
    session: Session,
    user_id: int,
    kind: NoticeKind,
    detail: str = "",
    *,
    session_id: int | None = None,
) -> events.SecurityNoticeAdded:
    """Add a notice within a write. Return the event to publish once that is committed.

    Pages of the session `session_id`, which did it, are not told.
    """
    notice = SecurityNotice(user_id=user_id, kind=kind, detail=detail, session_id=session_id)
    session.add(notice)
    session.flush()
    newest = (
        select(SecurityNotice.id)
        .where(SecurityNotice.user_id == user_id)
        .order_by(col(SecurityNotice.id).desc())
        .limit(MAX_KEPT)
    )
    session.exec(
        delete(SecurityNotice).where(
            col(SecurityNotice.user_id) == user_id, col(SecurityNotice.id).not_in(newest)
        )
    )
    return added(notice)


def added(notice: SecurityNotice) -> events.SecurityNoticeAdded:
    """Return the event about a stored notice."""
    view = NoticeView(notice.id or 0, notice.kind, notice.detail, notice.at)
    return events.SecurityNoticeAdded(notice.user_id, view, notice.session_id)


# Built once, and selects columns instead of objects: every page that opens asks.
_MINE: Any = (
    sqlalchemy.select(
        col(SecurityNotice.id),
        col(SecurityNotice.kind),
        col(SecurityNotice.detail),
        col(SecurityNotice.at),
    )
    .join(LoginSession, col(LoginSession.id) == bindparam("session"))
    .where(
        col(SecurityNotice.user_id) == bindparam("user"),
        col(SecurityNotice.session_id).is_distinct_from(bindparam("session")),
        col(SecurityNotice.id) > LoginSession.notices_shown,
        col(SecurityNotice.at) > bindparam("since"),
    )
    .order_by(col(SecurityNotice.id))
)


async def mine(viewer: CurrentUser) -> list[NoticeView]:
    """Return the notices that this session has not shown yet, oldest first, but not its own."""
    return await database.read(lambda session: missed(session, viewer))


def missed(session: Session, viewer: CurrentUser) -> list[NoticeView]:
    """Return, within a read, what `mine` returns."""
    values = {"user": viewer.user_id, "session": viewer.session_id, "since": now() - SHOWN_FOR}
    return [NoticeView(*row) for row in session.connection().execute(_MINE, values)]


async def mark_shown(viewer: CurrentUser, notice_ids: Collection[int]) -> None:
    """Note that this session has shown these notices, and all before them."""
    newest = max(notice_ids, default=0)
    await database.write(
        lambda session: session.exec(
            update(LoginSession)
            .where(
                col(LoginSession.id) == viewer.session_id,
                col(LoginSession.notices_shown) < newest,
            )
            .values(notices_shown=newest)
        ),
        uses_reserve=True,
    )
