"""What administrators do with accounts: disable them, end their sessions, appoint administrators.

There is always an administrator who can log in. Each change checks within its write that the
viewer is one, so of two who remove each other at the same time, the second is refused.
"""

from sqlalchemy import func
from sqlmodel import Session, col, select

from models import SecurityKind, User
from models.clock import now
from services.accounts import bots
from services.accounts.admin import admins_only, require_admin_in
from services.accounts.factors import second_factor, trusted_devices
from services.accounts.passwords import reset_links
from services.accounts.security import security_log
from services.accounts.sessions import sessions
from services.accounts.sessions.reauthentication import require_recent
from services.core import events
from services.core.dto import CurrentUser, UserSummary
from services.core.errors import Forbidden, NotFound, ServiceError
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database


class Account(UserSummary, frozen=True):
    """An account as administrators see it."""

    is_admin: bool
    is_disabled: bool


class AccountDetails(Account, frozen=True):
    """The same, with what is only read for one."""

    sessions: int
    """Number of live sessions."""
    has_second_factor: bool


@admins_only
async def list_all(viewer: CurrentUser) -> list[Account]:
    """Return all accounts of people by display name. Raises `Forbidden` for non-administrators."""
    users = await database.read(
        lambda session: session.exec(
            select(User).where(bots.IS_PERSON).order_by(col(User.sort_key), col(User.id))
        ).all()
    )
    return [Account(*_columns(user)) for user in users]


@admins_only
@rate_limited("read")
async def get(viewer: CurrentUser, user_id: int) -> AccountDetails:
    """Return one account. Raises `Forbidden` for non-administrators, `NotFound`."""

    def query(session: Session) -> AccountDetails:
        user = _get(session, user_id)
        return AccountDetails(
            *_columns(user),
            sessions.count_live(session, user_id),
            second_factor.is_on(session, user_id),
        )

    return await database.read(query)


@admins_only
@rate_limited("account")
async def disable(viewer: CurrentUser, user_id: int) -> None:
    """Disable another account: it cannot log in, and its sessions and reset links end.

    Its messages stay. Raises as all functions here `Forbidden` for non-administrators,
    `ReauthenticationNeeded`, `NotFound` for an unknown account; `ServiceError` for their own.
    """
    await require_recent(viewer)

    def change(session: Session) -> None:
        user = _other(session, viewer, user_id)
        if user.disabled_at:
            return
        _require_another_admin(session, user)
        user.disabled_at = now()
        session.add(user)
        sessions.end_all(session, user_id)
        trusted_devices.remove_all(session, user_id)
        reset_links.end_of(session, user_id)
        reset_links.end_made_by(session, user_id)
        security_log.record(session, SecurityKind.ACCOUNT_DISABLED, viewer, person_id=user_id)

    await database.write(change, uses_reserve=True)
    events.publish(events.SessionsEnded(user_id))


@admins_only
@rate_limited("account")
async def enable(viewer: CurrentUser, user_id: int) -> None:
    """Enable an account again, with the password and the role that it had."""
    await require_recent(viewer)

    def change(session: Session) -> None:
        user = _other(session, viewer, user_id)
        if user.disabled_at is None:
            return
        user.disabled_at = None
        session.add(user)
        security_log.record(session, SecurityKind.ACCOUNT_ENABLED, viewer, person_id=user_id)

    await database.write(change)


@admins_only
@rate_limited("account")
async def end_sessions(viewer: CurrentUser, user_id: int) -> None:
    """End all sessions of another account; its open pages are disconnected within a second.

    No device of it is trusted any more, either.
    """
    await require_recent(viewer)

    def change(session: Session) -> None:
        _other(session, viewer, user_id)
        sessions.end_all(session, user_id)
        trusted_devices.remove_all(session, user_id)
        security_log.record(session, SecurityKind.SESSIONS_ENDED, viewer, person_id=user_id)

    await database.write(change, uses_reserve=True)
    events.publish(events.SessionsEnded(user_id))


@admins_only
@rate_limited("account")
async def set_admin(viewer: CurrentUser, user_id: int, *, on: bool) -> None:
    """Make a user an administrator, or make one, perhaps the viewer, a plain user again.

    Raises `Forbidden` for the last one, and for a disabled account that is to become one.
    """
    await require_recent(viewer)

    def change(session: Session) -> bool:
        require_admin_in(session, viewer)
        user = _get(session, user_id)
        if user.is_admin == on:
            return False
        if on and user.disabled_at:
            raise Forbidden(_("This account is disabled. Enable it first."))
        if not on:
            _require_another_admin(session, user)
            reset_links.end_made_by(session, user_id)
        user.is_admin = on
        session.add(user)
        kind = SecurityKind.ADMIN_MADE if on else SecurityKind.ADMIN_UNMADE
        security_log.record(session, kind, viewer, person_id=user_id)
        return True

    if await database.write(change):
        events.publish(events.AdminChanged(user_id, on))


def _other(session: Session, viewer: CurrentUser, user_id: int) -> User:
    """Return another account, for an administrator within a write."""
    require_admin_in(session, viewer)
    if user_id == viewer.user_id:
        raise ServiceError(_("This is your own account. Ask another administrator to do this."))
    return _get(session, user_id)


def _get(session: Session, user_id: int) -> User:
    user = session.get(User, user_id)
    if user is None or user.is_bot:
        raise NotFound(_("There is no account with this username. Check the spelling."))
    return user


def _require_another_admin(session: Session, user: User) -> None:
    """Raise `Forbidden` if there would be no administrator without this user."""
    others = select(func.count()).where(
        col(User.is_admin), col(User.disabled_at).is_(None), col(User.id) != user.id
    )
    if user.is_admin and not session.exec(others).one():
        raise Forbidden(
            _("The chat needs an administrator. Make someone else an administrator first.")
        )


def _columns(user: User) -> tuple[int, str, str, int, str, bool, bool]:
    return (
        user.id or 0,
        user.username,
        user.display_name,
        user.hue,
        user.avatar,
        user.is_admin,
        user.disabled_at is not None,
    )
