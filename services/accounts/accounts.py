"""Accounts: log in and out, change profile, theme and password."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from models import LoginSession, Membership, User
from models.clock import now
from services.accounts import device_cookies, people, sessions
from services.accounts.admin import admins_only
from services.accounts.name_rules import (
    check_about,
    check_display_name,
    username_key,
)
from services.core import app_context, events
from services.core.dto import CurrentUser, UserSummary, Visitor
from services.core.errors import NotFound, ServiceError
from services.core.i18n import _
from services.core.rate_limited import rate_limited
from services.db import database

THEMES = ("auto", "light", "dark")


class WrongPassword(ServiceError):
    """Wrong username or password; the message does not say which."""

    def __init__(self) -> None:
        super().__init__(_("That name and password do not go together. Check both."))


@dataclass(frozen=True)
class LoggedIn:
    """The result of a login, to store in cookies."""

    token: str
    """Of the session."""
    device: str
    """The device cookie."""


async def login(visitor: Visitor, username: object, password: object, device: str = "") -> LoggedIn:
    """Open a new session. Raises `WrongPassword`, or `RateLimited` after too many attempts.

    An unknown name takes as long as a wrong password, and raises the same error.
    """
    context = app_context.current()
    key = username_key(username) if isinstance(username, str) else ""
    known_device = device_cookies.recognise(device, key)
    origin = known_device or visitor.address
    context.rate_limits.login_account.consume(key, origin)
    if known_device is None:
        context.rate_limits.login_address.consume(visitor.address)
    user = await database.read(
        lambda session: session.exec(select(User).where(User.username_key == key)).first()
    )
    is_right, new_hash = await context.passwords.verify(
        password, user.password_hash if user else None
    )
    if not is_right or user is None:
        raise WrongPassword
    context.rate_limits.login_account.forget(key, origin)
    user_id = user.id or 0

    def open_session(session: Session) -> str:
        if new_hash and (stored := session.get(User, user_id)):
            stored.password_hash = new_hash
            session.add(stored)
        return sessions.add(session, user_id, visitor)

    return LoggedIn(await database.write(open_session), device_cookies.create(key))


async def logout(viewer: CurrentUser) -> None:
    """End the current session, if it has not ended."""

    def revoke(session: Session) -> None:
        login = session.get(LoginSession, viewer.session_id)
        if login and not login.revoked_at:
            login.revoked_at = now()
            session.add(login)

    await database.write(revoke)


@rate_limited("account")
async def change_profile(
    viewer: CurrentUser, *, display_name: object, hue: object, about: object = None
) -> UserSummary:
    """Change the user's display name, colour (`hue`, 0 to 359) and, unless None, their `about`.

    Return the user as others see them now. Raises `ServiceError` for invalid values.
    """
    name = check_display_name(display_name, viewer.username)
    new_about = None if about is None else check_about(about)
    if type(hue) is not int or not 0 <= hue < 360:
        raise ServiceError(_("A colour is a number of degrees from 0 to 359."))

    def change(session: Session) -> Sequence[int]:
        user = _get(session, viewer)
        user.display_name = name
        user.hue = hue
        if new_about is not None:
            user.about = new_about
        session.add(user)
        return session.exec(
            select(Membership.room_id).where(Membership.user_id == viewer.user_id)
        ).all()

    person = UserSummary(viewer.user_id, viewer.username, name, hue)
    events.publish(events.PersonChanged(person, await database.write(change)))
    return person


async def about(viewer: CurrentUser) -> str:
    """Return what the user says about themselves."""
    return await database.read(lambda session: _get(session, viewer).about)


@rate_limited("account")
async def change_theme(viewer: CurrentUser, theme: object) -> None:
    """Set the theme, one of `THEMES`; `auto` follows the device. Raises `ServiceError`."""
    if theme not in THEMES:
        raise ServiceError(_("Choose light, dark or automatic."))

    def change(session: Session) -> None:
        user = _get(session, viewer)
        user.theme = str(theme)
        session.add(user)

    await database.write(change)


@rate_limited("password")
async def change_password(viewer: CurrentUser, old: object, new: object) -> None:
    """Set a new password and end the user's other sessions.

    Raises `ServiceError` if the old password is wrong or the new one not acceptable.
    """
    passwords = app_context.current().passwords
    stored = await database.read(lambda session: _get(session, viewer).password_hash)
    is_right, _new_hash = await passwords.verify(old, stored)
    if not is_right:
        raise ServiceError(_("The old password is not right."))
    password = await passwords.checked(new, viewer.username, viewer.display_name)
    hashed = await passwords.hash(password)

    def change(session: Session) -> None:
        user = _get(session, viewer)
        user.password_hash = hashed
        session.add(user)
        sessions.end_all(session, viewer.user_id, but=viewer.session_id)

    await database.write(change)


@admins_only
async def list_all(viewer: CurrentUser) -> list[UserSummary]:
    """Return all accounts by username. Raises `Forbidden` for non-administrators."""
    users = await database.read(
        lambda session: session.exec(select(User).order_by(col(User.username_key))).all()
    )
    return [people.summary(user) for user in users]


def _get(session: Session, viewer: CurrentUser) -> User:
    user = session.get(User, viewer.user_id)
    if user is None:
        raise NotFound(_("This account is no more."))
    return user
