"""Accounts: log in and out, change profile, theme and password."""

from sqlmodel import Session

from models import NoticeKind, SecurityKind, User
from services.accounts.factors import second_step, trusted_devices
from services.accounts.factors.second_step import Attempt, SecondStep
from services.accounts.names import namesakes
from services.accounts.names.name_rules import check_about, check_display_name
from services.accounts.passwords import password_login, reset_links
from services.accounts.security import security_log, security_notices
from services.accounts.sessions import device_cookies, sessions
from services.accounts.sessions.browsers_only import require_browser
from services.accounts.sessions.sessions import LoggedIn
from services.core import app_context, errors, events, hub
from services.core.dto import CurrentUser, UserSummary, Visitor
from services.core.errors import NotFound, ServiceError
from services.core.i18n import _
from services.core.limits import password_turns
from services.core.limits.rate_limited import rate_limited
from services.db import database

THEMES = ("auto", "light", "dark")


async def login(
    visitor: Visitor, username: object, password: object, device: str = ""
) -> LoggedIn | SecondStep:
    """Open a new session, or begin the second step of an account with a second factor.

    Raises `WrongPassword`, `RateLimited` after too many attempts, and `AccountDisabled`, but only
    with the right password. An unknown name takes as long as a wrong password, and raises the same
    error.
    """
    if (elsewhere := hub.asked()) is not None:
        return await _enter(visitor, await elsewhere.log_in(visitor, username, password))
    proven = await password_login.check(visitor, username, password, device)

    def attempt(session: Session) -> Attempt:
        return second_step.attempt(session, proven.user(session), visitor, device)

    return second_step.settle(await database.write(attempt, uses_reserve=True))


async def _enter(visitor: Visitor, user_id: int) -> LoggedIn:
    """Open a session of somebody whom the hub knows."""

    def add(session: Session) -> LoggedIn:
        user = session.get_one(User, user_id)
        security_log.record(session, SecurityKind.LOGIN, visitor, person_id=user_id)
        token = sessions.add(session, user_id, visitor).token
        return LoggedIn(token, device_cookies.create(user.username_key))

    return await database.write(add, uses_reserve=True)


async def logout(viewer: CurrentUser) -> None:
    """End the current session, if it has not ended."""

    def revoke(session: Session) -> None:
        if sessions.end_one(session, viewer.session_id):
            security_log.record(session, SecurityKind.LOGOUT, viewer)

    await database.write(revoke, uses_reserve=True)
    events.publish(events.SessionsEnded(viewer.user_id))


@rate_limited("account")
async def change_profile(
    viewer: CurrentUser, *, display_name: object, hue: object, about: object = None
) -> UserSummary:
    """Change the user's display name, colour (`hue`, 0 to 359) and, unless None, their `about`.

    The colour may become a little different, where somebody of that name has it. Return the user
    as others see them now. Raises `ServiceError` for invalid values, and `Conflict` for a new name
    that is reserved.
    """
    name = check_display_name(display_name, viewer.username)
    if name != viewer.own_name:
        with errors.about("display_name"):
            namesakes.refuse_reserved_to(viewer, name)
    new_about = None if about is None else check_about(about)
    if type(hue) is not int or not 0 <= hue < 360:
        raise ServiceError(_("The colour must be a number from 0 to 359."), about="hue")

    def change(session: Session) -> list[events.PersonChanged]:
        user = _get(session, viewer)
        others = namesakes.rename(session, user, name, hue)
        if new_about is not None:
            user.about = new_about
        return [namesakes.changed(session, user), *others]

    changed = await database.write(change)
    for each in changed:
        events.publish(each)
    return changed[0].person


async def about(viewer: CurrentUser) -> str:
    """Return what the user says about themselves."""
    return await database.read(lambda session: _get(session, viewer).about)


@rate_limited("account")
async def change_theme(viewer: CurrentUser, theme: object) -> None:
    """Set the theme, one of `THEMES`; `auto` follows the device. Raises `ServiceError`."""
    if theme not in THEMES:
        raise ServiceError(_("Choose system, light or dark."))

    def change(session: Session) -> None:
        user = _get(session, viewer)
        user.theme = str(theme)
        session.add(user)

    await database.write(change)


@rate_limited("password", by_session=True)
async def change_password(viewer: CurrentUser, old: object, new: object) -> None:
    """Set a new password, end the user's other sessions and tokens, and trust no device any more.

    Raises `ServiceError` if the old password is wrong or the new one not acceptable, and
    `BrowserNeeded`.
    """
    require_browser(viewer)
    passwords = app_context.current().passwords
    stored = await database.read(lambda session: _get(session, viewer).password_hash)
    by = password_turns.caller(viewer)
    is_right, _new_hash = await passwords.verify(by, old, stored)
    if not is_right:
        raise ServiceError(_("The current password is wrong."), about="old")
    with errors.about("new"):
        password = await passwords.checked(by, new, viewer.username, viewer.display_name)
    hashed = await passwords.hash(by, password)

    def change(session: Session) -> events.SecurityNoticeAdded:
        user = _get(session, viewer)
        if user.password_hash != stored:  # changed in the meantime
            raise ServiceError(_("The current password is wrong."), about="old")
        user.password_hash = hashed
        session.add(user)
        sessions.end_all(session, viewer.user_id, but=viewer.session_id)
        trusted_devices.remove_all(session, viewer.user_id)
        reset_links.end_of(session, viewer.user_id)
        security_log.record(session, SecurityKind.PASSWORD_CHANGED, viewer)
        return security_notices.add(
            session, viewer.user_id, NoticeKind.PASSWORD_CHANGED, session_id=viewer.session_id
        )

    notice = await database.write(change, uses_reserve=True)
    events.publish(events.SessionsEnded(viewer.user_id))
    events.publish(notice)


def _get(session: Session, viewer: CurrentUser) -> User:
    user = session.get(User, viewer.user_id)
    if user is None:
        raise NotFound(_("This account no longer exists."))
    return user
