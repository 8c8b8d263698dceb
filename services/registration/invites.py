"""Invites: links to register with, created and revoked by administrators."""

import secrets
from datetime import datetime, timedelta

from msgspec import Struct
from sqlmodel import Session, col, select

from models import Invite, SecurityKind
from models.clock import now
from services.accounts.admin import admins_only, require_admin_in
from services.accounts.security import security_log
from services.core.dto import CurrentUser
from services.core.errors import Forbidden, NotFound, ServiceError
from services.core.i18n import _, number
from services.core.limits.rate_limited import rate_limited
from services.db import database


class InviteView(Struct, frozen=True):
    """An invite as administrators see it."""

    invite_id: int
    code: str
    expires_at: datetime
    max_uses: int
    uses: int
    ended: bool


MAX_DAYS = 365
MAX_USES = 1000
CODE_BYTES = 16
CODE_LENGTH = len(secrets.token_urlsafe(CODE_BYTES))


@admins_only
@rate_limited("invite")
async def create(viewer: CurrentUser, *, days: int, uses: int) -> InviteView:
    """Create an invite that is valid for `days`, for `uses` registrations.

    Raises `Forbidden` for non-administrators, `ServiceError` for numbers out of range.
    """
    if not 1 <= days <= MAX_DAYS or not 1 <= uses <= MAX_USES:
        raise ServiceError(
            _("An invite can be valid for 1 to {days} days and 1 to {uses} people.").format(
                days=number(MAX_DAYS), uses=number(MAX_USES)
            ),
            about="uses" if 1 <= days <= MAX_DAYS else "days",
        )

    def add(session: Session) -> InviteView:
        require_admin_in(session, viewer)
        invite = Invite(
            code=secrets.token_urlsafe(CODE_BYTES),
            created_by=viewer.user_id,
            expires_at=now() + timedelta(days=days),
            max_uses=uses,
        )
        session.add(invite)
        session.flush()
        security_log.record(session, SecurityKind.INVITE_MADE, viewer)
        return _view(invite)

    return await database.write(add)


@admins_only
async def list_all(viewer: CurrentUser) -> list[InviteView]:
    """Return all invites, newest first. Raises `Forbidden` for non-administrators."""
    invites = await database.read(
        lambda session: session.exec(select(Invite).order_by(col(Invite.id).desc())).all()
    )
    return [_view(invite) for invite in invites]


@admins_only
async def revoke(viewer: CurrentUser, invite_id: int) -> None:
    """Revoke an invite. Raises `Forbidden` for non-administrators, `NotFound` for an unknown id."""

    def end(session: Session) -> None:
        invite = session.get(Invite, invite_id)
        if invite is None:
            raise NotFound
        if invite.revoked_at is None:
            invite.revoked_at = now()
            session.add(invite)
            security_log.record(session, SecurityKind.INVITE_ENDED, viewer)

    await database.write(end, uses_reserve=True)


def code_in(given: object) -> str:
    """Return the code in what somebody opened or pasted; "" if there can be none in it.

    That may be the whole link, and the end of a sentence may stick to it.
    """
    if not isinstance(given, str):
        return ""
    code = given.strip().rpartition("invite=")[2][:CODE_LENGTH]
    return code if code.isascii() and code.isprintable() else ""


async def is_valid(code: str) -> bool:
    """Return whether an invite can be used now."""
    invite = await database.read(
        lambda session: session.exec(select(Invite).where(Invite.code == code)).first()
    )
    return invite is not None and not _has_ended(invite)


def use(session: Session, code: str) -> None:
    """Count one use of an invite, within a write. Raises `Forbidden` if it is not valid."""
    invite = session.exec(select(Invite).where(Invite.code == code)).first()
    if invite is None or _has_ended(invite):
        raise Forbidden(_("This invite is no longer valid. Ask for a new one."))
    invite.uses += 1
    session.add(invite)


def _has_ended(invite: Invite) -> bool:
    return bool(invite.revoked_at) or invite.uses >= invite.max_uses or invite.expires_at <= now()


def _view(invite: Invite) -> InviteView:
    return InviteView(
        invite_id=invite.id or 0,
        code=invite.code,
        expires_at=invite.expires_at,
        max_uses=invite.max_uses,
        uses=invite.uses,
        ended=_has_ended(invite),
    )
