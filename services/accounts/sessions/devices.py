"""Devices of a user on which an app or a bot is logged in: log in, list, rename and end them.

A device is a session with a device id, which the app chose or was given.
"""

import re
import secrets
import string
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from models import LoginSession, NoticeKind, SecurityKind, SessionKind, User
from services.accounts.factors import second_factor
from services.accounts.names.name_rules import DEVICE_NAME_LIMIT, check_device_name, username_key
from services.accounts.passwords import password_login
from services.accounts.security import security_log, security_notices
from services.accounts.sessions import key_changes, reauthentication, sessions
from services.accounts.sessions.browsers_only import require_browser
from services.core import app_context, events
from services.core.dto import CurrentUser, Visitor
from services.core.errors import Conflict, NotFound, ServiceError
from services.core.i18n import _, number
from services.core.limits.rate_limited import consume, rate_limited
from services.core.text import tidy
from services.db import database

MAX_APPS = 50
"""Apps in which a user is logged in at a time; another one ends the longest unused."""
DEVICE_ID_LIMIT = 100
"""Characters of a device id."""
_DEVICE_ID = re.compile(f"[!-~]{{1,{DEVICE_ID_LIMIT}}}")


class SecondFactorOn(ServiceError):
    """The account has a second factor, which an app cannot ask for."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This account uses two-step login. Create a token on your account page, "
                "and enter it here in place of the password."
            )
        )


class DeviceLogin(Struct, frozen=True):
    """The result of a login by an app."""

    token: str
    device_id: str
    viewer: CurrentUser


class DeviceView(Struct, frozen=True):
    """A device as its owner sees it."""

    device_id: str
    kind: str
    """`SessionKind.APP` or `BOT`."""
    name: str
    address: str
    """The network from which it logged in."""
    last_seen_at: datetime


class _Opened(Struct, frozen=True):
    """What a write has opened, and what to publish then."""

    token: str
    notice: events.SecurityNoticeAdded


def new_id() -> str:
    """Return a random device id."""
    return "".join(secrets.choice(string.ascii_uppercase) for _each in range(10))


async def log_in(
    identifier: object,
    password: object,
    *,
    device_id: object = None,
    name: object = "",
    visitor: Visitor,
) -> DeviceLogin:
    """Open a session of an app for the user with the username `identifier`.

    In place of the password it may be a bot's token of that user: then the session ends with it.
    A known device of the same user is logged in again, and its old token ends. Without a
    `device_id` it gets a new one; the `name` is what its owner knows it by.

    Raises `WrongPassword`, `RateLimited`, `AccountDisabled`, `SecondFactorOn` for a right password
    that is not enough, `ServiceError` for a malformed device id, and `Conflict` for a bot's.
    """
    device = new_id() if device_id is None else _checked_id(device_id)
    called = tidy(name, DEVICE_NAME_LIMIT) if isinstance(name, str) else ""
    named = Visitor(visitor.address, called or visitor.device)
    owner = await _token(named, identifier, password) or await password_login.check(
        named, identifier, password
    )
    user_id = owner.user_id

    def open_app(session: Session) -> _Opened:
        if isinstance(owner, CurrentUser):  # their token was given, and the session ends with it
            return _open(session, user_id, named, device, owner.session_id)
        owner.user(session)
        if second_factor.is_on(session, user_id):
            raise SecondFactorOn
        return _open(session, user_id, named, device, None)

    try:
        opened = await database.write(open_app, uses_reserve=True)
    except SecondFactorOn:
        person = await database.read(lambda session: session.get(User, user_id))
        security_log.note(SecurityKind.FACTOR_FAILED, named, person=person, detail="app")
        raise
    app_context.current().rate_limits.session.hit(user_id)
    events.publish(events.SessionsEnded(user_id))  # of the same device, or one too many
    events.publish(opened.notice)
    viewer = await sessions.resume_bearer(opened.token)
    if viewer is None:  # ended in the meantime
        raise password_login.WrongPassword
    return DeviceLogin(opened.token, device, viewer)


async def _token(visitor: Visitor, identifier: object, password: object) -> CurrentUser | None:
    """Return whose bot's token was given as the password of `identifier`, or None."""
    if not isinstance(password, str) or not isinstance(identifier, str):
        return None
    owner = await sessions.resume_bearer(password)
    if owner is None or owner.kind != SessionKind.BOT:
        return None
    if username_key(owner.username) != username_key(identifier):
        return None
    consume("login_address", visitor)
    app_context.current().rate_limits.session.check(owner.user_id)
    return owner


def _open(
    session: Session, user_id: int, visitor: Visitor, device_id: str, opened_by: int | None
) -> _Opened:
    if not _end_same(session, user_id, device_id):
        key_changes.forget_ended(session, user_id)  # nobody else's keys become this device's
    opener = session.get(LoginSession, opened_by) if opened_by else None
    if opened_by and (opener is None or opener.revoked_at):  # in the meantime
        raise password_login.WrongPassword
    try:
        opened = sessions.add(
            session,
            user_id,
            visitor,
            kind=SessionKind.APP,
            device_id=device_id,
            opened_by=opened_by,
        )
    except IntegrityError as error:  # in another process, at the same moment
        raise Conflict(_("This device is being logged in already. Try again.")) from error
    _end_surplus(session, user_id)
    key_changes.forget_ended(session, user_id)  # of those that are over by their age
    security_log.record(session, SecurityKind.LOGIN, visitor, person_id=user_id)
    by = " · ".join(part for part in (visitor.device, visitor.address) if part)
    notice = security_notices.add(
        session, user_id, NoticeKind.NEW_LOGIN, by, session_id=opened.session_id
    )
    return _Opened(opened.token, notice)


def _end_same(session: Session, user_id: int, device_id: str) -> bool:
    """End the session that this device had; return if it had one. Raises `Conflict` for a bot's."""
    logins = session.exec(live(user_id).where(LoginSession.device_id == device_id)).all()
    for login in logins:
        if login.kind == SessionKind.BOT:
            raise Conflict(
                _("This device id belongs to a bot's token. Log in with another device id.")
            )
        sessions.end_one(session, login.id or 0, keeps_device=True)
    return bool(logins)


def _end_surplus(session: Session, user_id: int) -> None:
    apps = session.exec(
        live(user_id)
        .where(LoginSession.kind == SessionKind.APP)
        .order_by(col(LoginSession.last_seen_at).desc(), col(LoginSession.id).desc())
        .offset(MAX_APPS)
    ).all()
    for login in apps:
        sessions.end_one(session, login.id or 0)


def live(user_id: int) -> Any:
    """Return a select of the devices of a user that nobody has ended."""
    return select(LoginSession).where(
        LoginSession.user_id == user_id,
        col(LoginSession.device_id).is_not(None),
        col(LoginSession.revoked_at).is_(None),
    )


@rate_limited("read")
async def mine(viewer: CurrentUser) -> list[DeviceView]:
    """Return the user's devices on which an app or bot is logged in, the longest used first."""

    def query(session: Session) -> Sequence[LoginSession]:
        found: Sequence[LoginSession] = session.exec(
            live(viewer.user_id).order_by(col(LoginSession.id))
        ).all()
        return found

    return [
        DeviceView(
            login.device_id or "", login.kind, login.device, login.address, login.last_seen_at
        )
        for login in await database.read(query)
        if sessions.is_live(login)
    ]


@rate_limited("account")
async def rename(viewer: CurrentUser, device_id: object, name: object) -> None:
    """Give one of the user's own devices another name.

    Raises `NotFound` for a device that is not theirs, `ServiceError` for an unusable name, and
    `BrowserNeeded` for a bot, and for an app that would rename another device.
    """
    if viewer.kind != SessionKind.APP or device_id != viewer.device_id:
        require_browser(viewer)
    called = check_device_name(name)

    def change(session: Session) -> None:
        session.exec(
            update(LoginSession)
            .where(col(LoginSession.id) == _own(session, viewer, device_id))
            .values(device=called)
        )

    await database.write(change)


async def end(viewer: CurrentUser, device_id: object) -> None:
    """Log one of the user's own devices out; what it waits for ends within a second.

    A device may do so with itself. Raises `NotFound` for a device that is not theirs,
    `ReauthenticationNeeded`, and `BrowserNeeded` for an app or bot that would end another.
    """
    session_id = await database.read(lambda session: _own(session, viewer, device_id))
    await sessions.end(viewer, session_id)


@rate_limited("account", by_session=True)
async def end_all(viewer: CurrentUser) -> None:
    """Log out all apps of the user, and revoke all their tokens, but leave their browsers.

    Raises `ReauthenticationNeeded`, and `BrowserNeeded` for apps and bots.
    """
    await reauthentication.require_recent(viewer)

    def change(session: Session) -> None:
        for login in session.exec(live(viewer.user_id)).all():
            sessions.end_one(session, login.id or 0)
        security_log.record(session, SecurityKind.SESSIONS_ENDED, viewer, detail="apps")

    await database.write(change, uses_reserve=True)
    events.publish(events.SessionsEnded(viewer.user_id))


def _own(session: Session, viewer: CurrentUser, device_id: object) -> int:
    """Return the session of one of the user's own devices. Raises `NotFound`."""
    if not isinstance(device_id, str) or not _DEVICE_ID.fullmatch(device_id):
        raise NotFound
    login = session.exec(live(viewer.user_id).where(LoginSession.device_id == device_id)).first()
    if login is None or not sessions.is_live(login):
        raise NotFound
    return int(login.id or 0)


def _checked_id(value: object) -> str:
    if not isinstance(value, str) or not _DEVICE_ID.fullmatch(value):
        raise ServiceError(
            _(
                "A device id has at most {most} ASCII characters and no spaces. Choose another."
            ).format(most=number(DEVICE_ID_LIMIT)),
            about="device_id",
        )
    return value
