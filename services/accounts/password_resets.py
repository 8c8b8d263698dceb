"""Forgotten passwords, without e-mail: a link that sets a new one, once."""

import secrets
from datetime import timedelta

from sqlmodel import Session, col, select, update

from models import Action, ResetLink, User
from models.clock import now
from services.accounts import audit, device_cookies, sessions
from services.accounts.accounts import LoggedIn
from services.accounts.admin import require_admin
from services.accounts.name_rules import username_key
from services.core import app_context
from services.core.dto import CurrentUser, Visitor
from services.core.errors import NotFound
from services.core.i18n import _
from services.core.rate_limited import rate_limited
from services.db import database

LASTS = timedelta(hours=24)


@rate_limited("invite")
async def make(viewer: CurrentUser, user_id: int) -> str:
    """Return the token of a new link for a person; earlier links of theirs end.

    Raises `Forbidden` for others than administrators, `NotFound` for an unknown person.
    """
    require_admin(viewer)

    def add(session: Session) -> str:
        token = _add(session, session.get(User, user_id))
        audit.note(session, viewer, Action.PASSWORD_LINK_MADE, person_id=user_id)
        return token

    return await database.write(add)


async def make_in_terminal(username: str) -> str:
    """Return the token of a new link for the person of that name: whoever is at the
    server's terminal needs no account. Raises `NotFound` for an unknown name.
    """

    def add(session: Session) -> str:
        key = username_key(username)
        return _add(session, session.exec(select(User).where(User.username_key == key)).first())

    return await database.write(add)


async def whose(token: str) -> str:
    """Return the username that a link is for. Raises `NotFound` when it is used up or over."""
    return await database.read(lambda session: _find(session, token)[1].username)


async def use(visitor: Visitor, token: str, password: object) -> LoggedIn:
    """Set a new password by a link, end all sessions of the person, and log in.

    Raises `NotFound` when the link is used up or over,
    `ServiceError` for a password that will not do.
    """
    app_context.current().rate_limits.register.consume(visitor.address)
    username = await whose(token)
    passwords = app_context.current().passwords
    hashed = await passwords.hash(await passwords.checked(password, username))

    def change(session: Session) -> LoggedIn:
        link, user = _find(session, token)
        link.used_at = now()
        user.password_hash = hashed
        session.add(link)
        session.add(user)
        sessions.end_all(session, user.id or 0)
        entered = sessions.add(session, user.id or 0, visitor)
        return LoggedIn(entered, device_cookies.make(user.username_key))

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
            token_hash=sessions.hash_token(token), user_id=user.id or 0, expires_at=now() + LASTS
        )
    )
    return token


def _find(session: Session, token: str) -> tuple[ResetLink, User]:
    found = session.exec(
        select(ResetLink, User)
        .join(User, col(User.id) == ResetLink.user_id)
        .where(
            ResetLink.token_hash == sessions.hash_token(token),
            col(ResetLink.used_at).is_(None),
            col(ResetLink.expires_at) > now(),
        )
    ).first()
    if found is None:
        raise NotFound(_("This link has been used or is over. Ask an administrator for a new one."))
    return found
