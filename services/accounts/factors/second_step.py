"""Logging in to an account with a second factor: a right password only begins a second step.

What was entered first is held on the server for ten minutes. The browser gets a random token of it,
which is no session. The second step is a code of an app, a recovery code, or a passkey. Guesses are
limited for each account, for all addresses together (RFC 4226 §7.3). A browser in which the user
has passed the second step before is counted separately, so that others cannot keep them out.
"""

from collections.abc import Callable

from msgspec import Struct
from sqlmodel import Session

from models import NoticeKind, SecurityKind, User
from services.accounts.factors import (
    ceremonies,
    passkeys,
    recovery_codes,
    second_factor,
    totp,
    trusted_devices,
)
from services.accounts.factors.ceremonies import Ceremony, Site
from services.accounts.factors.passkeys import WrongPasskey
from services.accounts.security import security_log, security_notices
from services.accounts.sessions import device_cookies, sessions
from services.accounts.sessions.sessions import LoggedIn
from services.core import app_context, events
from services.core.dto import Visitor
from services.core.errors import ServiceError
from services.core.i18n import _
from services.core.limits.rate_limited import consume
from services.core.one_time import OneTimeStore
from services.db import database

SECONDS = 600
"""How long the second step may take: a user looks for their phone."""


class WrongCode(ServiceError):
    """The code is wrong, or was used before."""

    def __init__(self) -> None:
        super().__init__(_("This code is wrong or was already used. Enter a new one."))


class StepExpired(ServiceError):
    """The first step was too long ago, or never was."""

    def __init__(self) -> None:
        super().__init__(_("This took too long. Log in again."))


class SecondStep(Struct, frozen=True):
    """The answer to a right password when the account has a second factor."""

    token: str
    """Of the first step, to store in a cookie."""


class _FirstStep(Struct, frozen=True):
    """Whose password was entered; void when that changes."""

    user_id: int
    username_key: str
    password_hash: str


class _Opened(Struct, frozen=True):
    """A session that a write has opened, and what to publish then."""

    user_id: int
    login: LoggedIn
    notices: tuple[events.SecurityNoticeAdded, ...]


Attempt = _Opened | _FirstStep
_first_steps: OneTimeStore[_FirstStep] = OneTimeStore(SECONDS)


def attempt(session: Session, user: User, visitor: Visitor, device: str) -> Attempt:
    """Open a session within a write, or find that a second step is needed. Then call `settle`.

    The user has just proven their password; `device` is their browser's device cookie.
    """
    user_id = user.id or 0
    if not second_factor.is_on(session, user_id):
        return _open(session, user, visitor, device)
    opened_by = device_cookies.create(user.username_key, by_factor=True)
    if trusted_devices.renew(session, user_id, _id(device, user), _id(opened_by, user) or ""):
        return _open(session, user, visitor, device, opened_by)
    return _FirstStep(user_id, user.username_key, user.password_hash)


def settle(attempted: Attempt) -> LoggedIn | SecondStep:
    """Return what to store in cookies, once the write of `attempt` is committed."""
    if isinstance(attempted, _FirstStep):
        return SecondStep(_first_steps.add(attempted))
    app_context.current().rate_limits.session.hit(attempted.user_id)
    for notice in attempted.notices:
        events.publish(notice)
    return attempted.login


def is_expected(token: str) -> bool:
    """Return whether a first step with this token is waiting for the second."""
    return _first_steps.get(token) is not None


async def finish(
    visitor: Visitor, token: str, code: object, *, device: str = "", trust: bool = False
) -> LoggedIn:
    """Open a session with a code of the app, or a recovery code.

    With `trust`, this browser is not asked again for a while. Raises `StepExpired`, `WrongCode`,
    and `RateLimited`.
    """
    first = _first_step(token)
    origin = device_cookies.recognise(device, first.username_key, by_factor=True) or ""
    consume("second_factor", visitor, first.user_id, origin)
    typed = code if isinstance(code, str) else ""
    code_id = None
    if recovery_codes.looks_like_one(typed):
        code_id = await recovery_codes.find(first.user_id, typed)

    await totp.load()

    def use(session: Session) -> NoticeKind | None:
        if code_id is not None and recovery_codes.use(session, code_id):
            return NoticeKind.CODE_USED
        if code_id is not None or not totp.use(session, first.user_id, typed):
            raise WrongCode
        return None

    try:
        login = await _finish(visitor, token, first, use, device=device, trust=trust)
    except WrongCode:
        await _note_failure(visitor, first, "code")
        raise
    app_context.current().rate_limits.second_factor.forget(first.user_id, origin)
    return login


async def begin_passkey(visitor: Visitor, site: Site, token: str = "") -> Ceremony:
    """Return what the browser is asked for to log in with a passkey.

    With the token of a first step it is one of that user; without, any of this site. Raises
    `RateLimited`.
    """
    consume("login_address", visitor)
    first = _first_steps.get(token)
    if first is None:
        return await ceremonies.begin_use(site, (ceremonies.LOGIN, 0))
    return await ceremonies.begin_use(site, (ceremonies.STEP, first.user_id), user_id=first.user_id)


async def finish_with_passkey(
    visitor: Visitor,
    site: Site,
    token: str,
    ceremony: str,
    answer: object,
    *,
    device: str = "",
    trust: bool = False,
) -> LoggedIn:
    """Open a session with a passkey: as the second step, or without a first.

    Raises `WrongPasskey`, and `RateLimited`.
    """
    consume("login_address", visitor)
    first = _first_steps.get(token)
    by = (ceremonies.STEP, first.user_id) if first else (ceremonies.LOGIN, 0)
    user_id = first.user_id if first else None
    try:
        used = await ceremonies.check_use(site, by, ceremony, answer, user_id=user_id)
    except WrongPasskey:
        await _note_failure(visitor, first, "passkey")
        raise
    if first is None:
        user = await database.read(lambda session: session.get(User, used.user_id))
        if user is None:
            raise StepExpired
        first = _FirstStep(used.user_id, user.username_key, user.password_hash)

    def use(session: Session) -> None:
        passkeys.note_use(session, used.passkey_id, used.count)

    return await _finish(visitor, token, first, use, device=device, trust=trust)


async def _finish(
    visitor: Visitor,
    token: str,
    first: _FirstStep,
    use: Callable[[Session], NoticeKind | None],
    *,
    device: str,
    trust: bool,
) -> LoggedIn:
    """Open the session, in one write with `use`: it uses a factor up, and may have a notice."""
    app_context.current().rate_limits.session.check(first.user_id)

    def finish(session: Session) -> _Opened:
        user = session.get(User, first.user_id)
        if user is None or user.password_hash != first.password_hash:
            raise StepExpired
        notice = use(session)
        opened_by = device_cookies.create(user.username_key, by_factor=True)
        if trust:
            trusted_devices.trust(session, first.user_id, _id(opened_by, user) or "")
        return _open(session, user, visitor, device, opened_by, notice)

    login = settle(await database.write(finish, uses_reserve=True))
    assert isinstance(login, LoggedIn)
    _first_steps.take(token)
    return login


async def _note_failure(visitor: Visitor, first: _FirstStep | None, detail: str) -> None:
    """Note in the security log that the second step failed, or a passkey without a first."""
    if first is None:
        security_log.note(SecurityKind.LOGIN_FAILED, visitor, detail=detail)
        return
    user = await database.read(lambda session: session.get(User, first.user_id))
    security_log.note(SecurityKind.FACTOR_FAILED, visitor, person=user, detail=detail)


def _first_step(token: str) -> _FirstStep:
    first = _first_steps.get(token)
    if first is None:
        raise StepExpired
    return first


def _open(
    session: Session,
    user: User,
    visitor: Visitor,
    device: str,
    opened_by: str = "",
    notice: NoticeKind | None = None,
) -> _Opened:
    """Open a session. A browser in which the user never logged in before is worth a notice, too."""
    user_id = user.id or 0
    if notice is NoticeKind.CODE_USED:
        security_log.record(session, SecurityKind.RECOVERY_CODE_USED, visitor, person_id=user_id)
    security_log.record(session, SecurityKind.LOGIN, visitor, person_id=user_id)
    opened = sessions.add(session, user_id, visitor)
    by = " · ".join(part for part in (visitor.device, visitor.address) if part)
    kinds = [notice, None if _id(device, user) else NoticeKind.NEW_LOGIN]
    notices = tuple(
        security_notices.add(session, user_id, kind, by, session_id=opened.session_id)
        for kind in kinds
        if kind
    )
    login = LoggedIn(opened.token, opened_by or device_cookies.create(user.username_key))
    return _Opened(user_id, login, notices)


def _id(device: str, user: User) -> str | None:
    return device_cookies.recognise(device, user.username_key)
