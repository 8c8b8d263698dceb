"""The second factor of an account: an authenticator app, passkeys, and recovery codes.

As soon as an account has an app or a passkey, its password alone opens no session any more: see
`services/accounts/factors/second_step.py`.
"""

from datetime import datetime

from msgspec import Struct
from sqlmodel import Session, select

from models import NoticeKind, SecurityKind, TotpSecret, User
from services.accounts import bots
from services.accounts.admin import admins_only, require_admin_in
from services.accounts.factors import ceremonies, passkeys, recovery_codes, totp, trusted_devices
from services.accounts.factors.ceremonies import Ceremony, Site
from services.accounts.factors.passkeys import PasskeyView
from services.accounts.factors.recovery_codes import NewCodes
from services.accounts.names.name_rules import check_passkey_name, username_key
from services.accounts.security import security_log, security_notices
from services.accounts.sessions import reauthentication
from services.core import events
from services.core.dto import CurrentUser, Visitor
from services.core.errors import NotFound, ServiceError
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database


class Overview(Struct, frozen=True):
    """What a user has set up for two-step login."""

    app_since: datetime | None
    """When they added their authenticator app; None without one."""
    passkeys: tuple[PasskeyView, ...]
    recovery_codes: int
    """How many are left."""
    trusted_devices: int
    """How many browsers are not asked for the second factor."""

    @property
    def is_on(self) -> bool:
        """Whether the account has a second factor."""
        return self.app_since is not None or bool(self.passkeys)


def is_on(session: Session, user_id: int) -> bool:
    """Return whether an account has a second factor."""
    return session.get(TotpSecret, user_id) is not None or passkeys.has_any(session, user_id)


async def overview(viewer: CurrentUser) -> Overview:
    """Return what the user has set up."""

    def query(session: Session) -> Overview:
        app = session.get(TotpSecret, viewer.user_id)
        return Overview(
            app.created_at if app else None,
            passkeys.of_user(session, viewer.user_id),
            recovery_codes.count(session, viewer.user_id),
            trusted_devices.count(session, viewer.user_id),
        )

    return await database.read(query)


@rate_limited("account")
async def begin_app(viewer: CurrentUser) -> str:
    """Return a new secret for an authenticator app, which `add_app` stores.

    Raises `ReauthenticationNeeded`.
    """
    await reauthentication.require_recent(viewer)
    await totp.load()
    return totp.new_secret()


@rate_limited("account")
async def add_app(viewer: CurrentUser, secret: object, code: object) -> tuple[str, ...]:
    """Add an authenticator app, in place of an older one; `code` shows that it works.

    Returns recovery codes if this is the first factor, else nothing. Raises `ServiceError` for a
    wrong code, and `ReauthenticationNeeded`.
    """
    await reauthentication.require_recent(viewer)
    await totp.load()
    known = secret if isinstance(secret, str) and totp.is_secret(secret) else None
    step = totp.step_of(known, code) if known and isinstance(code, str) else None
    if known is None or step is None:
        raise ServiceError(_("Wrong code. Enter the six digits the app shows now."), about="code")
    codes = await _codes_if_first(viewer)

    def add(session: Session) -> events.SecurityNoticeAdded:
        totp.add(session, viewer.user_id, known, step)
        return _added(session, viewer, NoticeKind.APP_ADDED, codes)

    events.publish(await database.write(add))
    return codes.texts if codes else ()


@rate_limited("account", by_session=True)
async def remove_app(viewer: CurrentUser) -> None:
    """Remove the authenticator app. Raises `NotFound` without one, `ReauthenticationNeeded`."""
    await reauthentication.require_recent(viewer)

    def remove(session: Session) -> events.SecurityNoticeAdded:
        if not totp.remove(session, viewer.user_id):
            raise NotFound
        return _removed(session, viewer, NoticeKind.APP_REMOVED)

    events.publish(await database.write(remove, uses_reserve=True))


@rate_limited("account")
async def begin_passkey(viewer: CurrentUser, site: Site) -> Ceremony:
    """Return what the browser is asked for to make a passkey.

    Raises `ServiceError` for a user who has too many, and `ReauthenticationNeeded`.
    """
    await reauthentication.require_recent(viewer)
    return await ceremonies.begin_new(site, viewer)


@rate_limited("account")
async def add_passkey(
    viewer: CurrentUser, site: Site, token: str, answer: object, name: object
) -> tuple[str, ...]:
    """Add the passkey that the browser made.

    Returns recovery codes if this is the first factor, else nothing. Raises `WrongPasskey`,
    `ServiceError` for an unusable name, and `ReauthenticationNeeded`.
    """
    await reauthentication.require_recent(viewer)
    passkey = await ceremonies.check_new(site, viewer, token, answer)
    passkey.name = check_passkey_name(name)
    codes = await _codes_if_first(viewer)

    def add(session: Session) -> events.SecurityNoticeAdded:
        passkeys.add(session, passkey)
        return _added(session, viewer, NoticeKind.PASSKEY_ADDED, codes, passkey.name)

    events.publish(await database.write(add))
    return codes.texts if codes else ()


@rate_limited("account", by_session=True)
async def remove_passkey(viewer: CurrentUser, passkey_id: int) -> None:
    """Remove a passkey.

    Raises `NotFound` for one that is not the user's, and `ReauthenticationNeeded`.
    """
    await reauthentication.require_recent(viewer)

    def remove(session: Session) -> events.SecurityNoticeAdded:
        name = passkeys.remove(session, viewer.user_id, passkey_id)
        return _removed(session, viewer, NoticeKind.PASSKEY_REMOVED, name)

    events.publish(await database.write(remove, uses_reserve=True))


@rate_limited("password")
async def renew_codes(viewer: CurrentUser) -> tuple[str, ...]:
    """Return new recovery codes in place of the old ones.

    Raises `ReauthenticationNeeded`, and `ServiceError` for a user without a second factor.
    """
    await reauthentication.require_recent(viewer)
    new = await recovery_codes.generate(viewer.user_id)

    def replace(session: Session) -> events.SecurityNoticeAdded:
        if not is_on(session, viewer.user_id):
            raise ServiceError(_("Turn on two-step login first."))
        recovery_codes.store(session, viewer.user_id, new)
        security_log.record(session, SecurityKind.RECOVERY_CODES_MADE, viewer)
        return security_notices.add(
            session, viewer.user_id, NoticeKind.CODES_RENEWED, session_id=viewer.session_id
        )

    events.publish(await database.write(replace))
    return new.texts


@admins_only
@rate_limited("account")
async def remove_of(viewer: CurrentUser, user_id: int) -> None:
    """Turn two-step login off for a user who has lost their factors, as an administrator.

    Raises `Forbidden` for non-administrators, `ReauthenticationNeeded`, and `NotFound` for an
    unknown user or one without a second factor.
    """
    await reauthentication.require_recent(viewer)

    def remove(session: Session) -> events.SecurityNoticeAdded:
        require_admin_in(session, viewer)
        return _remove_all(session, viewer, session.get(User, user_id))

    events.publish(await database.write(remove, uses_reserve=True))


async def remove_in_terminal(username: str) -> None:
    """Turn two-step login off for a user, for the command line.

    Raises `NotFound` for an unknown name, or a user without a second factor.
    """

    def remove(session: Session) -> None:
        key = username_key(username)
        named = select(User).where(User.username_key == key, bots.IS_PERSON)
        user = session.exec(named).first()
        _remove_all(session, security_log.TERMINAL, user)

    await database.write(remove, uses_reserve=True)


async def _codes_if_first(viewer: CurrentUser) -> NewCodes | None:
    """Return new recovery codes for a user who has no second factor yet."""
    has_one = await database.read(lambda session: is_on(session, viewer.user_id))
    return None if has_one else await recovery_codes.generate(viewer.user_id)


def _added(
    session: Session,
    viewer: CurrentUser,
    kind: NoticeKind,
    codes: NewCodes | None,
    detail: str = "",
) -> events.SecurityNoticeAdded:
    if codes:
        recovery_codes.store(session, viewer.user_id, codes)
    security_log.record(session, SecurityKind.FACTOR_ADDED, viewer, detail=_named(kind, detail))
    return security_notices.add(session, viewer.user_id, kind, detail, session_id=viewer.session_id)


def _removed(
    session: Session, viewer: CurrentUser, kind: NoticeKind, detail: str = ""
) -> events.SecurityNoticeAdded:
    """Do what follows when a factor was removed: it may have been the last one."""
    trusted_devices.remove_all(session, viewer.user_id)
    session.flush()
    if not is_on(session, viewer.user_id):
        recovery_codes.remove_all(session, viewer.user_id)
    security_log.record(session, SecurityKind.FACTOR_REMOVED, viewer, detail=_named(kind, detail))
    return security_notices.add(session, viewer.user_id, kind, detail, session_id=viewer.session_id)


def _named(kind: NoticeKind, name: str) -> str:
    """Return which factor it is, for the log."""
    is_app = kind in {NoticeKind.APP_ADDED, NoticeKind.APP_REMOVED}
    return "app" if is_app else f"passkey {name}"


def _remove_all(
    session: Session, by: CurrentUser | Visitor, user: User | None
) -> events.SecurityNoticeAdded:
    if user is None:
        raise NotFound(_("There is no account with this username. Check the spelling."))
    user_id = user.id or 0
    if not is_on(session, user_id):
        raise NotFound(_("Two-step login is already off for {name}.").format(name=user.username))
    totp.remove(session, user_id)
    passkeys.remove_all(session, user_id)
    recovery_codes.remove_all(session, user_id)
    trusted_devices.remove_all(session, user_id)
    security_log.record(session, SecurityKind.FACTOR_REMOVED, by, person_id=user_id, detail="all")
    return security_notices.add(session, user_id, NoticeKind.FACTORS_REMOVED_BY_ADMIN)
