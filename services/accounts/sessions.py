"""Login sessions: open, resume, list and end them."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import bindparam, func
from sqlmodel import Session, col, delete, select, update

from models import Block, LoginSession, SecurityKind, User
from models.clock import now
from services.accounts import preferences, reauthentication, security_log
from services.accounts.people import SUMMARY_COLUMNS
from services.core import events
from services.core.dto import CurrentUser, Preferences, Visitor
from services.core.errors import Forbidden, NotFound
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database, portable


class SessionView(Struct, frozen=True):
    """One of the user's own sessions."""

    session_id: int
    device: str
    created_at: datetime
    last_seen_at: datetime


class AccountDisabled(Forbidden):
    """An administrator lets nobody log in with this account."""

    def __init__(self) -> None:
        super().__init__(_("This account is disabled. Ask an administrator."))


class LoggedIn(Struct, frozen=True):
    """The result of a login, to store in cookies."""

    token: str
    """Of the session."""
    device: str
    """The device cookie."""


class NewSession(Struct, frozen=True):
    """A session that was just opened."""

    session_id: int
    token: str


IDLE_TIMEOUT = timedelta(days=14)
"""A session ends when it has not been used for this long."""
MAX_AGE = timedelta(days=90)
"""A session ends after this time, even if it is used."""
LAST_SEEN_INTERVAL = timedelta(minutes=5)
"""`last_seen_at` is updated at most this often, so that page views do not write."""


_IDS: Any = portable.numbers("ids")
# Runs for all open pages: one index lookup for each, and only the ended sessions are returned.
_ENDED: Any = sqlalchemy.select(_IDS.c.value).where(
    ~sqlalchemy.exists().where(
        col(LoginSession.id) == _IDS.c.value, col(LoginSession.revoked_at).is_(None)
    )
)

TOKEN_BYTES = 32
TOKEN_LENGTH = 43
"""Characters of a token: its bytes in Base64 without padding (RFC 4648 §5)."""


def add(session: Session, user_id: int, visitor: Visitor) -> NewSession:
    """Open a session within a write.

    The token has 256 random bits and is new for each login, which prevents session fixation.
    Their sessions that are over by their age are deleted, with address and device. Raises
    `AccountDisabled`, whatever was checked before this write; and for a bot.
    """
    user = session.get(User, user_id)
    if user is None or user.disabled_at or user.is_bot:
        raise AccountDisabled
    session.exec(
        delete(LoginSession).where(
            col(LoginSession.user_id) == user_id, col(LoginSession.expires_at) < now()
        )
    )
    token = secrets.token_urlsafe(TOKEN_BYTES)
    opened = LoginSession(
        token_hash=hash_token(token),
        user_id=user_id,
        device=visitor.device[:200],
        address=visitor.address[:100],
        expires_at=now() + MAX_AGE,
    )
    session.add(opened)
    session.flush()
    return NewSession(opened.id or 0, token)


# Built once, and selects columns instead of objects: it runs for every request.
_VIEWERS: Any = sqlalchemy.select(
    col(LoginSession.revoked_at),
    col(LoginSession.last_seen_at),
    *SUMMARY_COLUMNS,
    col(User.theme),
    col(User.is_admin),
    col(LoginSession.id),
    col(LoginSession.expires_at),
    *preferences.COLUMNS,
    # A subquery, as few people block anybody: it is a single index lookup.
    sqlalchemy.select(
        func.aggregate_strings(sqlalchemy.cast(col(Block.blocked_id), sqlalchemy.String), ",")
    )
    .where(col(Block.user_id) == User.id)
    .scalar_subquery(),
).where(
    col(User.id) == LoginSession.user_id,
    col(User.disabled_at).is_(None),
)
_BY_TOKEN: Any = _VIEWERS.where(col(LoginSession.token_hash) == bindparam("token_hash"))
_BY_ID: Any = _VIEWERS.where(col(LoginSession.id) == bindparam("session_id"))


async def resume(token: str) -> CurrentUser | None:
    """Return the user whose live session has this token, or None."""
    if len(token) != TOKEN_LENGTH:  # none of ours: the database need not be asked
        return None
    token_hash = hash_token(token)
    # Cached, as the websocket and the files of a page ask again just after the page.
    found = await database.read_cached(
        ("session", token_hash), lambda session: _by_token(session, token_hash)
    )
    if found is None:
        return None
    viewer, revoked_at, last_seen_at = found
    return viewer if _is_live(revoked_at, last_seen_at, viewer.expires_at) else None


def _by_token(
    session: Session, token_hash: str
) -> tuple[CurrentUser, datetime | None, datetime] | None:
    """Return whose session it is, when it was ended, and when it was last used."""
    row = session.connection().execute(_BY_TOKEN, {"token_hash": token_hash}).first()
    return None if row is None else _viewer(row)


def _viewer(row: Any) -> tuple[CurrentUser, datetime | None, datetime]:
    revoked_at, last_seen_at, *rest, blocked = row
    user_columns = len(rest) - len(preferences.COLUMNS)
    viewer = replace(
        CurrentUser(*rest[:user_columns]),
        preferences=Preferences(*rest[user_columns:]),
        blocked=frozenset(map(int, blocked.split(","))) if blocked else frozenset(),
    )
    return viewer, revoked_at, last_seen_at


async def current(viewer: CurrentUser) -> CurrentUser:
    """Return the viewer as they are now. Raises `NotFound` if their session has ended."""
    row = await database.read(
        lambda session: (
            session.connection().execute(_BY_ID, {"session_id": viewer.session_id}).first()
        )
    )
    if row is None:
        raise NotFound
    found, revoked_at, last_seen_at = _viewer(row)
    if not _is_live(revoked_at, last_seen_at, found.expires_at):
        raise NotFound
    return found


async def touch(session_ids: Collection[int]) -> None:
    """Record that these sessions are in use."""
    moment = now()
    stale = moment - LAST_SEEN_INTERVAL
    await database.write(
        lambda session: session.exec(
            update(LoginSession)
            .where(col(LoginSession.id).in_(session_ids), col(LoginSession.last_seen_at) < stale)
            .values(last_seen_at=moment)
        ),
        uses_reserve=True,
    )


async def mine(viewer: CurrentUser) -> list[SessionView]:
    """Return the user's live sessions, most recently used first."""
    logins = await database.read(
        lambda session: session.exec(
            select(LoginSession)
            .where(LoginSession.user_id == viewer.user_id, col(LoginSession.revoked_at).is_(None))
            .order_by(col(LoginSession.last_seen_at).desc())
        ).all()
    )
    return [
        SessionView(login.id or 0, login.device, login.created_at, login.last_seen_at)
        for login in logins
        if _is_live(login.revoked_at, login.last_seen_at, login.expires_at)
    ]


def count_live(session: Session, user_id: int) -> int:
    """Return how many live sessions a user has."""
    moment = now()
    return session.exec(
        select(func.count()).where(
            LoginSession.user_id == user_id,
            col(LoginSession.revoked_at).is_(None),
            col(LoginSession.expires_at) > moment,
            col(LoginSession.last_seen_at) > moment - IDLE_TIMEOUT,
        )
    ).one()


async def end(viewer: CurrentUser, session_id: int) -> None:
    """End one of the user's own sessions; its open pages are disconnected within a second.

    Raises `NotFound` for a session that is not theirs or has already ended, and
    `ReauthenticationNeeded` for one on another device (OWASP ASVS 5.0, 7.5.2).
    """
    if session_id != viewer.session_id:
        await reauthentication.require_recent(viewer)

    def revoke(session: Session) -> None:
        login = session.get(LoginSession, session_id)
        if login is None or login.user_id != viewer.user_id or login.revoked_at:
            raise NotFound
        login.revoked_at = now()
        session.add(login)
        security_log.record(session, SecurityKind.SESSION_ENDED, viewer, detail=login.device)

    await database.write(revoke, uses_reserve=True)
    events.publish(events.SessionsEnded(viewer.user_id))


@rate_limited("account", by_session=True)
async def end_others(viewer: CurrentUser) -> None:
    """End all sessions of the user but this one. Raises `ReauthenticationNeeded`."""
    await reauthentication.require_recent(viewer)

    def end(session: Session) -> None:
        end_all(session, viewer.user_id, but=viewer.session_id)
        security_log.record(session, SecurityKind.SESSIONS_ENDED, viewer)

    await database.write(end, uses_reserve=True)
    events.publish(events.SessionsEnded(viewer.user_id))


def end_all(session: Session, user_id: int, *, but: int | None = None) -> None:
    """End all sessions of a user except `but`, within a write; then publish `SessionsEnded`."""
    session.exec(
        update(LoginSession)
        .where(
            col(LoginSession.user_id) == user_id,
            col(LoginSession.revoked_at).is_(None),
            col(LoginSession.id).is_distinct_from(but),
        )
        .values(revoked_at=now())
    )


async def which_ended(session_ids: Collection[int]) -> set[int]:
    """Return those of these sessions that were ended, by this or another process, or deleted."""
    return {found for (found,) in await database.rows(_ENDED, {"ids": session_ids})}


def hash_token(token: str) -> str:
    """Return the hash to store; a token is random enough for one without salt."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _is_live(revoked_at: datetime | None, last_seen_at: datetime, expires_at: datetime) -> bool:
    moment = now()
    return revoked_at is None and moment < expires_at and moment - last_seen_at < IDLE_TIMEOUT
