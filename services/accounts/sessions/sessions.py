"""Login sessions: open, resume, list and end them.

A browser has its token in a cookie, an app or bot sends it with each request (RFC 6750): neither
is ever taken for the other.
"""

import hashlib
import secrets
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, and_, bindparam, func, or_
from sqlmodel import Session, col, delete, select, update

from models import Block, LoginSession, SecurityKind, SessionKind, User
from models.clock import now
from services.accounts import preferences
from services.accounts.people import SUMMARY_COLUMNS
from services.accounts.security import security_log
from services.accounts.sessions import key_changes, reauthentication
from services.core import events
from services.core.dto import CurrentUser, Preferences, Visitor
from services.core.errors import Forbidden, NotFound, Unavailable
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database, portable
from services.db.prepared import Prepared


class SessionView(Struct, frozen=True):
    """One of the user's own sessions."""

    session_id: int
    kind: str
    """One of `SessionKind`."""
    device: str
    created_at: datetime
    last_seen_at: datetime


class AccountDisabled(Forbidden):
    """An administrator lets nobody log in with this account."""

    def __init__(self) -> None:
        super().__init__(_("This account is disabled. Ask an administrator."))


class SessionEnded(Forbidden):
    """The session was ended while its request was on the way."""

    def __init__(self) -> None:
        super().__init__(_("This session has ended. Log in again."))


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
"""A session of a browser ends when it has not been used for this long."""
APP_IDLE_TIMEOUT = timedelta(days=90)
"""The same for an app: a phone is locked, and its owner on holiday."""
MAX_AGE = timedelta(days=90)
"""A session of a browser ends after this time, even if it is used."""
APP_MAX_AGE = timedelta(days=365)
"""The same for an app. A bot's token ends when it is revoked."""
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When a bot's token expires."""
LAST_SEEN_INTERVAL = timedelta(minutes=5)
"""`last_seen_at` is updated at most this often, so that page views do not write."""


_IDS: Any = portable.numbers("ids")
_MAX_AGES: dict[str, timedelta] = {SessionKind.BROWSER: MAX_AGE, SessionKind.APP: APP_MAX_AGE}
_IDLE_TIMEOUTS: dict[str, timedelta] = {
    SessionKind.BROWSER: IDLE_TIMEOUT,
    SessionKind.APP: APP_IDLE_TIMEOUT,
}
# Runs for all open pages: one index lookup for each, and only the ended sessions are returned.
_ENDED = Prepared(
    sqlalchemy.select(_IDS.c.value).where(
        ~sqlalchemy.exists().where(
            col(LoginSession.id) == _IDS.c.value, col(LoginSession.revoked_at).is_(None)
        )
    )
)

TOKEN_BYTES = 32
TOKEN_LENGTH = 43
"""Characters of a browser's token: its bytes in Base64 without padding (RFC 4648 §5)."""
BEARER_PREFIX = "sct_"
"""How tokens of apps and bots begin, so that people and secret scanners recognise one."""


def add(
    session: Session,
    user_id: int,
    visitor: Visitor,
    *,
    kind: SessionKind = SessionKind.BROWSER,
    device_id: str | None = None,
    opened_by: int | None = None,
) -> NewSession:
    """Open a session within a write.

    The token has 256 random bits and is new for each login, which prevents session fixation.
    Their sessions that are over by their age, or ended long ago, are deleted, with address and
    device. Raises `AccountDisabled`, whatever was checked before this write; and for a bot.
    """
    moment = now()
    user = session.get(User, user_id)
    if user is None or user.disabled_at or user.is_bot:
        raise AccountDisabled
    # What a token opened goes with it or before it, as it ends with it.
    session.exec(
        delete(LoginSession).where(
            col(LoginSession.user_id) == user_id,
            or_(
                col(LoginSession.expires_at) < moment,
                col(LoginSession.revoked_at) < moment - MAX_AGE,
            ),
        )
    )
    is_browser = kind is SessionKind.BROWSER
    token = ("" if is_browser else BEARER_PREFIX) + secrets.token_urlsafe(TOKEN_BYTES)
    # `None` would be taken for a value that is not given, and become the default.
    confirmed_at: Any = moment if is_browser else sqlalchemy.null()
    opened = LoginSession(
        token_hash=hash_token(token),
        user_id=user_id,
        kind=kind,
        device_id=device_id,
        opened_by=opened_by,
        device=visitor.device[:200],
        address=visitor.address[:100],
        created_at=moment,
        # A token is made before it is used; its first use comes after this.
        last_seen_at=moment - LAST_SEEN_INTERVAL if kind is SessionKind.BOT else moment,
        expires_at=moment + _MAX_AGES[kind] if kind in _MAX_AGES else NEVER,
        confirmed_at=confirmed_at,
    )
    session.add(opened)
    session.flush()
    return NewSession(opened.id or 0, token)


_COMMA: Any = sqlalchemy.literal_column("','")  # no parameter, as the statement is prepared
# Built once, and selects columns instead of objects: it runs for every request.
_VIEWERS: Any = sqlalchemy.select(
    col(LoginSession.revoked_at),
    col(LoginSession.last_seen_at),
    *SUMMARY_COLUMNS,
    col(User.theme),
    col(User.is_admin),
    col(LoginSession.id),
    col(LoginSession.expires_at),
    col(LoginSession.kind),
    col(LoginSession.device_id),
    *preferences.COLUMNS,
    # A subquery, as few people block anybody: it is a single index lookup.
    sqlalchemy.select(
        func.aggregate_strings(
            sqlalchemy.cast(col(Block.blocked_id), sqlalchemy.String),
            _COMMA,
        )
    )
    .where(col(Block.user_id) == User.id)
    .scalar_subquery(),
).where(
    col(User.id) == LoginSession.user_id,
    col(User.disabled_at).is_(None),
)
_BY_TOKEN = Prepared(_VIEWERS.where(col(LoginSession.token_hash) == bindparam("token_hash")))
_BY_ID: Any = _VIEWERS.where(col(LoginSession.id) == bindparam("session_id"))


class _Found(Struct, frozen=True):
    """A session that is stored, live or not."""

    viewer: CurrentUser
    revoked_at: datetime | None
    last_seen_at: datetime

    @property
    def is_live(self) -> bool:
        viewer = self.viewer
        return _is_live(viewer.kind, self.revoked_at, self.last_seen_at, viewer.expires_at)


async def resume(token: str) -> CurrentUser | None:
    """Return the user whose browser has this token, if its session is live, or None."""
    if len(token) != TOKEN_LENGTH:  # none of ours: the database need not be asked
        return None
    found = await _by_token(token)
    is_browser = found is not None and found.viewer.kind == SessionKind.BROWSER
    return found.viewer if found and is_browser and found.is_live else None


async def resume_bearer(token: str) -> CurrentUser | None:
    """Return the user whose app or bot has this token, if its session is live, or None.

    Notes that the session is in use.
    """
    found = await _by_bearer(token)
    if found is None or not found.is_live:
        return None
    if now() - found.last_seen_at >= LAST_SEEN_INTERVAL:
        with suppress(Unavailable):  # a full disk keeps nobody from reading
            await touch([found.viewer.session_id])
    return found.viewer


async def has_lapsed(token: str) -> bool:
    """Return whether an app's session was ended by nobody, but is over by its age or idleness.

    The app may keep what it stored, and ask its user to log in again with the same device.
    """
    found = await _by_bearer(token)
    return found is not None and found.revoked_at is None and not found.is_live


async def _by_bearer(token: str) -> _Found | None:
    if len(token) != len(BEARER_PREFIX) + TOKEN_LENGTH or not token.startswith(BEARER_PREFIX):
        return None
    found = await _by_token(token)
    return None if found is None or found.viewer.kind == SessionKind.BROWSER else found


async def _by_token(token: str) -> _Found | None:
    token_hash = hash_token(token)

    def query(connection: Connection) -> _Found | None:
        rows = _BY_TOKEN.execute_typed(connection, {"token_hash": token_hash})
        return _found(rows[0]) if rows else None

    # Cached, as the websocket and the files of a page ask again just after the page.
    return await database.look_cached(("session", token_hash), query)


def _found(row: Any) -> _Found:
    revoked_at, last_seen_at, *rest, blocked = row
    user_columns = len(rest) - len(preferences.COLUMNS)
    viewer = replace(
        CurrentUser(*rest[:user_columns]),
        preferences=Preferences(*rest[user_columns:]),
        blocked=frozenset(map(int, blocked.split(","))) if blocked else frozenset(),
    )
    return _Found(viewer, revoked_at, last_seen_at)


async def current(viewer: CurrentUser) -> CurrentUser:
    """Return the viewer as they are now. Raises `NotFound` if their session has ended."""
    row = await database.read(
        lambda session: (
            session.connection().execute(_BY_ID, {"session_id": viewer.session_id}).first()
        )
    )
    found = None if row is None else _found(row)
    if found is None or not found.is_live:
        raise NotFound
    return found.viewer


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
        SessionView(login.id or 0, login.kind, login.device, login.created_at, login.last_seen_at)
        for login in logins
        if is_live(login)
    ]


def is_live(login: LoginSession) -> bool:
    """Return whether a stored session can be resumed."""
    return _is_live(login.kind, login.revoked_at, login.last_seen_at, login.expires_at)


def count_live(session: Session, user_id: int) -> int:
    """Return how many live sessions a user has."""
    return session.exec(
        select(func.count())
        .select_from(LoginSession)
        .where(LoginSession.user_id == user_id, ~is_over(now()))
    ).one()


def is_over(moment: datetime) -> Any:
    """Return the condition that a session was ended, or is over by its age or idleness."""
    return or_(
        col(LoginSession.revoked_at).is_not(None),
        col(LoginSession.expires_at) <= moment,
        *(
            and_(
                col(LoginSession.kind) == kind,
                col(LoginSession.last_seen_at) <= moment - idle,
            )
            for kind, idle in _IDLE_TIMEOUTS.items()
        ),
    )


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
        end_one(session, session_id)
        is_token = login.kind == SessionKind.BOT
        kind = SecurityKind.TOKEN_REVOKED if is_token else SecurityKind.SESSION_ENDED
        security_log.record(session, kind, viewer, detail=login.device)

    await database.write(revoke, uses_reserve=True)
    events.publish(events.SessionsEnded(viewer.user_id))


def end_one(session: Session, session_id: int, *, keeps_device: bool = False) -> bool:
    """End a session within a write, and those that were opened with it.

    Their devices' keys for encryption are forgotten, except where the same device is about to log
    in again. Then publish `SessionsEnded`. Return whether it was not ended before.
    """
    live = col(LoginSession.revoked_at).is_(None)
    opened_with_it = col(LoginSession.opened_by) == session_id
    ended = update(LoginSession).where(live).values(revoked_at=now())
    session.exec(ended.where(opened_with_it))
    is_ended = bool(session.exec(ended.where(col(LoginSession.id) == session_id)).rowcount)
    login = session.get(LoginSession, session_id)
    if login is not None and login.device_id is not None and not keeps_device:
        key_changes.forget_ended(session, login.user_id)
    return is_ended


@rate_limited("account", by_session=True)
async def end_others(viewer: CurrentUser) -> None:
    """End all sessions of the user but this one, also of apps and bots.

    Raises `ReauthenticationNeeded`.
    """
    await reauthentication.require_recent(viewer)

    def end(session: Session) -> None:
        end_all(session, viewer.user_id, but=viewer.session_id)
        security_log.record(session, SecurityKind.SESSIONS_ENDED, viewer)

    await database.write(end, uses_reserve=True)
    events.publish(events.SessionsEnded(viewer.user_id))


def end_all(session: Session, user_id: int, *, but: int | None = None) -> None:
    """End all sessions of a user except `but`, within a write; then publish `SessionsEnded`.

    Also those of apps and bots.
    """
    session.exec(
        update(LoginSession)
        .where(
            col(LoginSession.user_id) == user_id,
            col(LoginSession.revoked_at).is_(None),
            col(LoginSession.id).is_distinct_from(but),
        )
        .values(revoked_at=now())
    )
    key_changes.forget_ended(session, user_id)


async def which_ended(session_ids: Collection[int]) -> set[int]:
    """Return those of these sessions that were ended, by this or another process, or deleted."""
    return {found for (found,) in await database.rows(_ENDED, {"ids": session_ids})}


def require_open(session: Session, viewer: CurrentUser) -> None:
    """Raise `SessionEnded`, within a write for what ends with a session, if it was ended.

    Who has asked was looked up before the write, and may have logged out in between.
    """
    is_open = (col(LoginSession.id) == viewer.session_id) & col(LoginSession.revoked_at).is_(None)
    if session.exec(select(LoginSession.id).where(is_open)).first() is None:
        raise SessionEnded


def hash_token(token: str) -> str:
    """Return the hash to store; a token is random enough for one without salt."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _is_live(
    kind: str, revoked_at: datetime | None, last_seen_at: datetime, expires_at: datetime
) -> bool:
    moment = now()
    idle = _IDLE_TIMEOUTS.get(kind)
    is_used = idle is None or moment - last_seen_at < idle
    return revoked_at is None and moment < expires_at and is_used
