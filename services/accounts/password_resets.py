"""Password reset links, which work once. Administrators pass them on: there is no e-mail."""

import secrets
from datetime import timedelta

from sqlmodel import Session, col, select, update

from models import Action, ResetLink, User
from models.clock import now
from services.accounts import audit, device_cookies, sessions
from services.accounts.accounts import LoggedIn
from services.accounts.admin import admins_only
from services.accounts.name_rules import username_key
from services.core import app_context
from services.core.dto import CurrentUser, Visitor
from services.core.errors import NotFound
from services.core.i18n import _
from services.core.rate_limited import rate_limited
from services.db import database

LIFETIME = timedelta(hours=24)


@admins_only
@rate_limited("invite")
async def create(viewer: CurrentUser, user_id: int) -> str:
    """Create a reset link for a user, and invalidate their earlier ones. Return its token.

    Raises `Forbidden` for non-administrators, `NotFound` for an unknown user.
    """

    def add(session: Session) -> str:
        token = _add(session, session.get(User, user_id))
        audit.record(session, viewer, Action.PASSWORD_LINK_MADE, person_id=user_id)
        return token

    return await database.write(add)


async def create_in_terminal(username: str) -> str:
    """Create a reset link for a user, for the command line. Return its token.

    Raises `NotFound` for an unknown name.
    """

    def add(session: Session) -> str:
        key = username_key(username)
        return _add(session, session.exec(select(User).where(User.username_key == key)).first())

    return await database.write(add)


async def username_of(token: str) -> str:
    """Return the username that a link is for. Raises `NotFound` if it was used or has expired."""
    return await database.read(lambda session: _find(session, token)[1].username)


async def use(visitor: Visitor, token: str, password: object) -> LoggedIn:
    """Set a new password with a link, end all sessions of the user, and log in.

    Raises `NotFound` if the link was used or has expired, `ServiceError` for a password that
    is not acceptable, and `RateLimited`.
    """
    app_context.current().rate_limits.register.consume(visitor.address)
    username = await username_of(token)
    passwords = app_context.current().passwords
    hashed = await passwords.hash(await passwords.checked(password, username))

    def change(session: Session) -> LoggedIn:
        link, user = _find(session, token)
        link.used_at = now()
        user.password_hash = hashed
        session.add(link)
        session.add(user)
        sessions.end_all(session, user.id or 0)
        session_token = sessions.add(session, user.id or 0, visitor)
        return LoggedIn(session_token, device_cookies.create(user.username_key))

    return await database.write(change)


def _add(session: Session, user: User | None) -> str:
    if user is None:
        raise NotFound(_("There is no account of that name."))
    token = secrets.token_urlsafe(32)
    session.exec(
        update(ResetLink)
        .where(col(ResetLink.user_id) == user.id, col(ResetLink.used_at).is_(None))
        .values(used_at=now())
    )
    session.add(
        ResetLink(
            token_hash=sessions.hash_token(token), user_id=user.id or 0, expires_at=now() + LIFETIME
        )
    )
    return token


def _find(session: Session, token: str) -> tuple[ResetLink, User]:
    row = session.exec(
        select(ResetLink, User)
        .join(User, col(User.id) == ResetLink.user_id)
        .where(
            ResetLink.token_hash == sessions.hash_token(token),
            col(ResetLink.used_at).is_(None),
            col(ResetLink.expires_at) > now(),
        )
    ).first()
    if row is None:
        raise NotFound(_("This link has been used or is over. Ask an administrator for a new one."))
    return row
