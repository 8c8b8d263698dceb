"""Accounts: registering, logging in and out, changing one's own."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from models import LoginSession, Membership, Role, Room, User
from models.clock import now
from services.accounts import device_cookies, invites, people, sessions, setup_code
from services.accounts.admin import require_admin
from services.accounts.name_rules import (
    check_about,
    check_display_name,
    check_username,
    skeleton,
    username_key,
)
from services.core import app_context, events
from services.core.dto import CurrentUser, UserSummary, Visitor
from services.core.errors import Conflict, Forbidden, NotFound, ServiceError
from services.core.i18n import _
from services.core.rate_limited import rate_limited
from services.core.settings import Registration
from services.db import database

THEMES = ("auto", "light", "dark")


class WrongPassword(ServiceError):
    """The name and the password do not go together; which of them is wrong is not said."""

    def __init__(self) -> None:
        super().__init__(_("That name and password do not go together. Check both."))


@dataclass(frozen=True)
class LoggedIn:
    """What the browser is to keep: the session's token, and the device's cookie."""

    token: str
    device: str


@dataclass(frozen=True)
class Application:
    """What somebody fills in to register: whatever the other side sent, still unchecked."""

    username: object
    password: object
    display_name: object = ""
    invite: object = ""
    setup_code: object = ""


async def register(visitor: Visitor, application: Application) -> LoggedIn:
    """Make an account, put it in the Lobby and log in.

    The first account is the administrator's. Raises `ServiceError` for a name or password that
    will not do, `Conflict` for a name that exists or looks like one, `Forbidden` when
    registering needs an invite or the set-up code, or is closed, and `RateLimited`.
    """
    settings = app_context.current().settings
    app_context.current().rate_limits.register.consume(visitor.address)
    username = check_username(application.username)
    display_name = check_display_name(application.display_name, username)
    first = await needs_first_account()
    invite = await _check_may_register(application, first=first)
    await _check_free(username)
    passwords = app_context.current().passwords
    sound = await passwords.checked(application.password, username, display_name)
    hashed = await passwords.hash(sound)

    def add(session: Session) -> tuple[str, int, int]:
        if first and session.exec(select(func.count()).select_from(User)).one():
            raise Conflict(_("Somebody else was quicker. Register again."))
        if invite:
            invites.use(session, invite)
        user = User(
            username=username,
            username_key=username_key(username),
            skeleton=skeleton(username),
            display_name=display_name,
            hue=secrets.randbelow(360),
            password_hash=hashed,
            is_admin=first,
        )
        session.add(user)
        try:
            session.flush()
        except IntegrityError as error:
            raise _taken() from error
        lobby = session.exec(select(Room).order_by(col(Room.id)).limit(1)).one()
        session.add(
            Membership(
                room_id=lobby.id or 0,
                user_id=user.id or 0,
                role=Role.OWNER if first else Role.MEMBER,
                last_read_seq=lobby.last_seq,
            )
        )
        user.last_room_id = lobby.id
        return sessions.add(session, user.id or 0, visitor), user.id or 0, lobby.id or 0

    token, user_id, lobby_id = await database.write(add)
    if first:
        setup_code.forget(settings)
    events.publish(events.MemberJoined(lobby_id, user_id))
    return LoggedIn(token, device_cookies.make(username_key(username)))


async def login(visitor: Visitor, username: object, password: object, device: str = "") -> LoggedIn:
    """Open a new session. Raises `WrongPassword`, or `RateLimited` when guessed too often.

    An unknown name takes as long and sounds the same as a wrong password.
    """
    context = app_context.current()
    key = username_key(username) if isinstance(username, str) else ""
    known = device_cookies.recognise(device, key)
    who = known or visitor.address
    context.rate_limits.login_account.consume(key, who)
    if known is None:
        context.rate_limits.login_address.consume(visitor.address)
    user = await database.read(
        lambda session: session.exec(select(User).where(User.username_key == key)).first()
    )
    good, renewed = await context.passwords.verify(password, user.password_hash if user else None)
    if not good or user is None:
        raise WrongPassword
    context.rate_limits.login_account.forget(key, who)
    user_id = user.id or 0

    def enter(session: Session) -> str:
        if renewed and (stored := session.get(User, user_id)):
            stored.password_hash = renewed
            session.add(stored)
        return sessions.add(session, user_id, visitor)

    return LoggedIn(await database.write(enter), device_cookies.make(key))


async def logout(viewer: CurrentUser) -> None:
    """End the session that asks; once is enough."""

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
    """Change one's own name, colour and what one says of oneself (with None that stays as it is);
    return how others see one now.
    """
    name = check_display_name(display_name, viewer.username)
    described = None if about is None else check_about(about)
    if type(hue) is not int or not 0 <= hue < 360:
        raise ServiceError(_("A colour is a number of degrees from 0 to 359."))

    def change(session: Session) -> Sequence[int]:
        user = _get(session, viewer)
        user.display_name = name
        user.hue = hue
        if described is not None:
            user.about = described
        session.add(user)
        return session.exec(
            select(Membership.room_id).where(Membership.user_id == viewer.user_id)
        ).all()

    person = UserSummary(viewer.user_id, viewer.username, name, hue)
    events.publish(events.PersonChanged(person, await database.write(change)))
    return person


async def about(viewer: CurrentUser) -> str:
    """Return what one says of oneself."""
    return await database.read(lambda session: _get(session, viewer).about)


@rate_limited("account")
async def change_theme(viewer: CurrentUser, theme: object) -> None:
    """Choose light, dark, or what the device prefers (`auto`)."""
    if theme not in THEMES:
        raise ServiceError(_("Choose light, dark or automatic."))

    def change(session: Session) -> None:
        user = _get(session, viewer)
        user.theme = str(theme)
        session.add(user)

    await database.write(change)


@rate_limited("password")
async def change_password(viewer: CurrentUser, old: object, new: object) -> None:
    """Set another password and end one's other sessions.

    Raises `ServiceError` when the old one is not right or the new one will not do.
    """
    passwords = app_context.current().passwords
    stored = await database.read(lambda session: _get(session, viewer).password_hash)
    good, _renewed = await passwords.verify(old, stored)
    if not good:
        raise ServiceError(_("The old password is not right."))
    sound = await passwords.checked(new, viewer.username, viewer.display_name)
    hashed = await passwords.hash(sound)

    def change(session: Session) -> None:
        user = _get(session, viewer)
        user.password_hash = hashed
        session.add(user)
        sessions.end_all(session, viewer.user_id, but=viewer.session_id)

    await database.write(change)


async def everyone(viewer: CurrentUser) -> list[UserSummary]:
    """Return all accounts by name. Raises `Forbidden` for others than administrators."""
    require_admin(viewer)
    users = await database.read(
        lambda session: session.exec(select(User).order_by(col(User.username_key))).all()
    )
    return [people.summary(user) for user in users]


async def needs_first_account() -> bool:
    """Tell whether nobody has registered yet: whoever comes now becomes the administrator."""
    return await database.read(
        lambda session: session.exec(select(User.id).limit(1)).first() is None
    )


async def _check_may_register(application: Application, *, first: bool) -> str:
    """Return the invite to use up, or nothing where none is needed."""
    settings = app_context.current().settings
    if first:
        if settings.reachable and not setup_code.is_right(settings, application.setup_code):
            raise Forbidden(_("The set-up code is not right. It is printed in the terminal."))
        return ""
    if settings.who_may_register is Registration.CLOSED:
        raise Forbidden(_("Registration is closed. Ask the host for an account."))
    if settings.who_may_register is Registration.OPEN:
        return ""
    invite = application.invite
    if not isinstance(invite, str) or not invite.isascii():  # no code of ours
        invite = ""
    if not invite:
        raise Forbidden(_("Registering here takes an invite. Ask the host for one."))
    if not await invites.is_good(invite):
        raise Forbidden(_("This invite is not valid any more. Ask for a new one."))
    return invite


async def _check_free(username: str) -> None:
    """Refuse a taken name early, before a password is hashed for it."""
    key, look = username_key(username), skeleton(username)
    taken = await database.read(
        lambda session: session.exec(
            select(User.id).where((User.username_key == key) | (User.skeleton == look))
        ).first()
    )
    if taken is not None:
        raise _taken()


def _taken() -> Conflict:
    return Conflict(_("That name is taken, or looks too much like one that is. Choose another."))


def _get(session: Session, viewer: CurrentUser) -> User:
    user = session.get(User, viewer.user_id)
    if user is None:
        raise NotFound(_("This account is no more."))
    return user
