"""Password reset links, which work once. Administrators pass them on: there is no e-mail."""

import secrets
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from models import NoticeKind, ResetLink, SecurityKind, User
from models.clock import now
from services.accounts import people
from services.accounts.admin import admins_only, require_admin_in
from services.accounts.factors import second_step, trusted_devices
from services.accounts.factors.second_step import Attempt, SecondStep
from services.accounts.names.name_rules import username_key
from services.accounts.passwords import reset_links
from services.accounts.security import security_log, security_notices
from services.accounts.sessions import reauthentication, sessions
from services.accounts.sessions.sessions import LoggedIn
from services.core import app_context, events
from services.core.dto import CurrentUser, UserSummary, Visitor
from services.core.errors import Forbidden, NotFound, about
from services.core.i18n import _
from services.core.limits import password_turns
from services.core.limits.rate_limited import consume, rate_limited
from services.db import database

LIFETIME = timedelta(hours=24)
TOKEN_BYTES = 32
TOKEN_LENGTH = len(secrets.token_urlsafe(TOKEN_BYTES))


class ResetLinkView(Struct, frozen=True):
    """An open link as administrators see it."""

    link_id: int
    person: UserSummary
    made_by: str
    """The username of the administrator; empty for the terminal."""
    expires_at: datetime


@admins_only
@rate_limited("invite")
async def create(viewer: CurrentUser, user_id: int) -> str:
    """Create a reset link for a user, and invalidate their earlier ones. Return its token.

    Raises `Forbidden` for non-administrators, `ReauthenticationNeeded`, and `NotFound` for an
    unknown user.
    """
    await reauthentication.require_recent(viewer)

    def add(session: Session) -> str:
        require_admin_in(session, viewer)
        token = _add(session, session.get(User, user_id), viewer.user_id)
        security_log.record(session, SecurityKind.RESET_LINK_MADE, viewer, person_id=user_id)
        return token

    return await database.write(add)


@admins_only
async def list_open(viewer: CurrentUser) -> list[ResetLinkView]:
    """Return the links that can be used now, newest first; never their tokens.

    Raises `Forbidden` for non-administrators.
    """
    maker = aliased(User)

    def query(session: Session) -> list[ResetLinkView]:
        rows = session.exec(
            select(ResetLink, User, maker.username)
            .join(User, col(User.id) == ResetLink.user_id)
            .outerjoin(maker, col(maker.id) == ResetLink.created_by)
            .where(*_is_open())
            .order_by(col(ResetLink.id).desc())
        )
        return [
            ResetLinkView(link.id or 0, people.summary(user), made_by or "", link.expires_at)
            for link, user, made_by in rows
        ]

    return await database.read(query)


@admins_only
async def revoke(viewer: CurrentUser, link_id: int) -> None:
    """End a link that was not used yet. Raises `Forbidden`, `NotFound` if it is over."""

    def end(session: Session) -> None:
        require_admin_in(session, viewer)
        link = session.get(ResetLink, link_id)
        if link is None or link.used_at or link.expires_at <= now():
            raise NotFound
        link.used_at = now()
        session.add(link)
        security_log.record(
            session, SecurityKind.RESET_LINK_REVOKED, viewer, person_id=link.user_id
        )

    await database.write(end, uses_reserve=True)


async def create_in_terminal(username: str) -> str:
    """Create a reset link for a user, for the command line. Return its token.

    Raises `NotFound` for an unknown name.
    """

    def add(session: Session) -> str:
        key = username_key(username)
        user = session.exec(select(User).where(User.username_key == key)).first()
        token = _add(session, user, None)
        security_log.record(
            session,
            SecurityKind.RESET_LINK_MADE,
            security_log.TERMINAL,
            person_id=user.id if user else None,
        )
        return token

    return await database.write(add)


async def username_of(token: str) -> str:
    """Return the username that a link is for. Raises `NotFound` if it was used or has expired."""
    return await database.read(lambda session: _find(session, token)[1].username)


async def use(
    visitor: Visitor, token: str, password: object, device: str = ""
) -> LoggedIn | SecondStep:
    """Set a new password with a link, end all sessions of the user, and log in.

    The link does not replace a second factor: an account that has one is asked for it. Raises
    `NotFound` if the link was used or has expired, `ServiceError` for a password that is not
    acceptable, and `RateLimited`.
    """
    consume("register", visitor)
    username = await username_of(token)
    passwords = app_context.current().passwords
    by = password_turns.caller(visitor)
    with about("password"):
        checked = await passwords.checked(by, password, username)
    hashed = await passwords.hash(by, checked)

    def change(session: Session) -> tuple[events.SecurityNoticeAdded, Attempt]:
        _link, user = _find(session, token)
        user.password_hash = hashed
        session.add(user)
        sessions.end_all(session, user.id or 0)
        trusted_devices.remove_all(session, user.id or 0)
        reset_links.end_of(session, user.id or 0)
        security_log.record(session, SecurityKind.RESET_LINK_USED, visitor, person_id=user.id)
        attempt = second_step.attempt(session, user, visitor, device)
        notice = security_notices.add(session, user.id or 0, NoticeKind.PASSWORD_CHANGED)
        return notice, attempt

    notice, attempt = await database.write(change, uses_reserve=True)
    events.publish(events.SessionsEnded(notice.user_id))
    events.publish(notice)
    return second_step.settle(attempt)


def _add(session: Session, user: User | None, created_by: int | None) -> str:
    if user is None or user.is_bot:
        raise NotFound(_("There is no account with this username. Check the spelling."))
    if user.disabled_at:
        raise Forbidden(_("This account is disabled. Enable it first."))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    reset_links.end_of(session, user.id or 0)
    session.add(
        ResetLink(
            token_hash=sessions.hash_token(token),
            user_id=user.id or 0,
            created_by=created_by,
            expires_at=now() + LIFETIME,
        )
    )
    return token


def _is_open() -> tuple[ColumnElement[bool], ...]:
    return (col(ResetLink.used_at).is_(None), col(ResetLink.expires_at) > now())


def _find(session: Session, token: str) -> tuple[ResetLink, User]:
    """Return an open link and its user; behind `token` may be the end of a sentence."""
    bare = token[:TOKEN_LENGTH]
    row = session.exec(
        select(ResetLink, User)
        .join(User, col(User.id) == ResetLink.user_id)
        .where(ResetLink.token_hash == sessions.hash_token(bare), *_is_open())
    ).first()
    if row is None:
        raise NotFound(
            _("This link was already used or has expired. Ask an administrator for a new one.")
        )
    return row
