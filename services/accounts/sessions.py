"""Logins: opening one, knowing whose it is, seeing and ending one's own."""

import hashlib
import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy
from sqlalchemy import bindparam, func
from sqlmodel import Session, col, select, update

from models import Block, LoginSession, User
from models.clock import now
from services.accounts import preferences
from services.core.dto import CurrentUser, Preferences, Visitor
from services.core.errors import NotFound
from services.db import database


@dataclass(frozen=True)
class SessionView:
    """A login of one's own, on some device."""

    session_id: int
    device: str
    created_at: datetime
    last_seen_at: datetime


IDLE = timedelta(days=14)
"""A session that is not used for so long has ended."""
MAX_AGE = timedelta(days=90)
"""A session ends after so long, however much it is used."""
FRESH = timedelta(minutes=5)
"""`last_seen_at` is no truer than this, so that looking at a page does not write."""


_ASKED: Any = func.json_each(bindparam("asked")).table_valued("value")
# For every open page several times a second: each is looked up by its number, and only those
# that ended come back.
_WHICH_ENDED: Any = sqlalchemy.select(_ASKED.c.value).where(
    ~sqlalchemy.exists().where(
        col(LoginSession.id) == _ASKED.c.value, col(LoginSession.revoked_at).is_(None)
    )
)


def add(session: Session, user_id: int, visitor: Visitor) -> str:
    """Open a session within a write; return the token that the browser keeps.

    The token has 256 random bits and is new at each login, so that a token planted before
    logging in is worth nothing after it.
    """
    token = secrets.token_urlsafe(32)
    session.add(
        LoginSession(
            token_hash=hash_token(token),
            user_id=user_id,
            device=visitor.device[:200],
            expires_at=now() + MAX_AGE,
        )
    )
    return token


# Built once, and columns instead of objects: it runs for every request.
_WHOSE: Any = sqlalchemy.select(
    col(LoginSession.revoked_at),
    col(LoginSession.last_seen_at),
    col(User.id),
    col(User.username),
    col(User.display_name),
    col(User.hue),
    col(User.theme),
    col(User.is_admin),
    col(LoginSession.id),
    col(LoginSession.expires_at),
    *preferences.COLUMNS,
    # A subquery, since hardly anybody has blocked somebody: it finds nothing in an index.
    sqlalchemy.select(func.group_concat(col(Block.blocked_id)))
    .where(col(Block.user_id) == User.id)
    .scalar_subquery(),
).where(
    col(User.id) == LoginSession.user_id, col(LoginSession.token_hash) == bindparam("token_hash")
)


async def resume(token: str) -> CurrentUser | None:
    """Return whose live session `token` is, or None."""
    wanted = {"token_hash": hash_token(token)}
    # Recalled, as a page's websocket asks just after its page, and each file of a page once more.
    found: Any = await database.read_cached(
        ("session", wanted["token_hash"]),
        lambda session: session.connection().execute(_WHOSE, wanted).first(),
    )
    if found is None:
        return None
    revoked_at, last_seen_at, *rest, blocked = found
    chosen = len(rest) - len(preferences.COLUMNS)
    viewer = replace(
        CurrentUser(*rest[:chosen]),
        preferences=Preferences(*rest[chosen:]),
        blocked=frozenset(map(int, blocked.split(","))) if blocked else frozenset(),
    )
    return viewer if _is_live(revoked_at, last_seen_at, viewer.expires_at) else None


async def touch(session_ids: Collection[int]) -> None:
    """Note that these sessions are in use."""
    moment = now()
    stale = moment - FRESH
    await database.write(
        lambda session: session.exec(
            update(LoginSession)
            .where(col(LoginSession.id).in_(session_ids), col(LoginSession.last_seen_at) < stale)
            .values(last_seen_at=moment)
        )
    )


async def mine(viewer: CurrentUser) -> list[SessionView]:
    """Return one's own live sessions, the one last used first."""
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


async def end(viewer: CurrentUser, session_id: int) -> None:
    """End one of one's own sessions; its open pages are cut off within a second.

    Raises `NotFound` when it is not one's own or has ended already.
    """

    def revoke(session: Session) -> None:
        login = session.get(LoginSession, session_id)
        if login is None or login.user_id != viewer.user_id or login.revoked_at:
            raise NotFound
        login.revoked_at = now()
        session.add(login)

    await database.write(revoke)


def end_all(session: Session, user_id: int, *, but: int | None = None) -> None:
    """Within a write, end every session of a person, except `but`."""
    session.exec(
        update(LoginSession)
        .where(
            col(LoginSession.user_id) == user_id,
            col(LoginSession.revoked_at).is_(None),
            col(LoginSession.id).is_not(but),
        )
        .values(revoked_at=now())
    )


async def which_ended(session_ids: Collection[int]) -> set[int]:
    """Return which of these sessions were ended, by whichever program, or are gone altogether."""
    asked = {"asked": json.dumps(list(session_ids))}
    return await database.read(
        lambda session: set(session.connection().execute(_WHICH_ENDED, asked).scalars())
    )


def hash_token(token: str) -> str:
    """Return what is stored of a token: it is random enough that a plain hash will do."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _is_live(revoked_at: datetime | None, last_seen_at: datetime, expires_at: datetime) -> bool:
    moment = now()
    return revoked_at is None and moment < expires_at and moment - last_seen_at < IDLE
