"""The password again, or a passkey, before an action that gives an account away for good.

A stolen session, or a browser left open, can so neither lock its owner out nor take over other
accounts. See OWASP ASVS 5.0, 7.5.1 to 7.5.3.
"""

from datetime import timedelta

from sqlmodel import Session, col, select, update

from models import LoginSession, SecurityKind, SessionKind, User
from models.clock import now
from services.accounts.factors import ceremonies, passkeys
from services.accounts.factors.ceremonies import Ceremony, Site
from services.accounts.factors.passkeys import WrongPasskey
from services.accounts.security import security_log
from services.accounts.sessions.browsers_only import require_browser
from services.core import app_context
from services.core.dto import CurrentUser
from services.core.errors import Forbidden, NotFound, ServiceError
from services.core.i18n import _
from services.core.limits import password_turns
from services.core.limits.rate_limited import rate_limited
from services.db import database

VALID_FOR = timedelta(minutes=10)
"""How long a session counts as recently confirmed. Logging in confirms it, too."""


class ReauthenticationNeeded(Forbidden):
    """The user must confirm who they are first; then the same call succeeds."""

    def __init__(self) -> None:
        super().__init__(_("Enter your password to continue."))


async def require_recent(viewer: CurrentUser) -> None:
    """Raise `ReauthenticationNeeded` unless this session was confirmed within `VALID_FOR`.

    The first step of every service function that needs it. A page that gets the error asks the
    user, and then calls the function again: see `chat_ui/handlers.py`. Raises `BrowserNeeded` for
    apps and bots, whose sessions are never confirmed.
    """
    require_browser(viewer)
    confirmed_at = await database.read(
        lambda session: session.exec(
            select(LoginSession.confirmed_at).where(LoginSession.id == viewer.session_id)
        ).first()
    )
    if confirmed_at is None or not timedelta(0) <= now() - confirmed_at < VALID_FOR:
        raise ReauthenticationNeeded


@rate_limited("password", by_session=True)
async def confirm_with_password(viewer: CurrentUser, password: object) -> None:
    """Confirm the session.

    Raises `ServiceError` for a wrong password, `BrowserNeeded`, and `RateLimited`.
    """
    require_browser(viewer)
    stored = await database.read(
        lambda session: session.exec(
            select(User.password_hash).where(User.id == viewer.user_id)
        ).first()
    )
    is_right, _new_hash = await app_context.current().passwords.verify(
        password_turns.caller(viewer), password, stored
    )
    if not is_right:
        security_log.note(SecurityKind.LOGIN_FAILED, viewer, detail="confirmation")
        raise ServiceError(_("Wrong password. Try again."), about="password")
    await database.write(lambda session: confirm(session, viewer), uses_reserve=True)


async def has_passkey(viewer: CurrentUser, site: Site) -> bool:
    """Return whether the user has a passkey for this site."""
    known = await database.read(lambda session: passkeys.rows(session, viewer.user_id))
    return any(passkey.rp_id == site.rp_id for passkey in known)


@rate_limited("account", by_session=True)
async def begin_passkey(viewer: CurrentUser, site: Site) -> Ceremony:
    """Return what the browser is asked for to confirm the session with a passkey.

    Raises `BrowserNeeded`.
    """
    require_browser(viewer)
    by = (ceremonies.CONFIRM, viewer.session_id)
    return await ceremonies.begin_use(site, by, user_id=viewer.user_id)


@rate_limited("password", by_session=True)
async def confirm_with_passkey(viewer: CurrentUser, site: Site, token: str, answer: object) -> None:
    """Confirm the session. Raises `WrongPasskey`, `BrowserNeeded`, and `RateLimited`."""
    require_browser(viewer)
    by = (ceremonies.CONFIRM, viewer.session_id)
    try:
        used = await ceremonies.check_use(site, by, token, answer, user_id=viewer.user_id)
    except WrongPasskey:
        security_log.note(SecurityKind.LOGIN_FAILED, viewer, detail="confirmation")
        raise

    def note(session: Session) -> None:
        passkeys.note_use(session, used.passkey_id, used.count)
        confirm(session, viewer)

    await database.write(note, uses_reserve=True)


def confirm(session: Session, viewer: CurrentUser) -> None:
    """Note within a write that the user of this session has just confirmed who they are.

    Raises `NotFound` if the session has ended, or is not a browser's.
    """
    confirmed = session.exec(
        update(LoginSession)
        .where(
            col(LoginSession.id) == viewer.session_id,
            col(LoginSession.kind) == SessionKind.BROWSER,
            col(LoginSession.revoked_at).is_(None),
        )
        .values(confirmed_at=now())
    )
    if not confirmed.rowcount:
        raise NotFound
