"""Tokens with which bots, and apps of users with two-step login, act as their owner.

A token is shown once, when it is made, and works until it is revoked; only its hash is stored. It
is a session of the kind `bot`, so whatever ends sessions ends it, too.
"""

from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlmodel import Session, col

from models import LoginSession, NoticeKind, SecurityKind, SessionKind
from services.accounts.names.name_rules import check_device_name
from services.accounts.security import security_log, security_notices
from services.accounts.sessions import devices, reauthentication, sessions
from services.core import events
from services.core.dto import CurrentUser, Visitor
from services.core.errors import NotFound, ServiceError
from services.core.i18n import _, number
from services.core.limits.rate_limited import rate_limited
from services.db import database

MAX_TOKENS = 20
"""Tokens of one user."""


class TokenView(Struct, frozen=True):
    """A token as its owner sees it; nobody sees the token itself again."""

    session_id: int
    name: str
    created_at: datetime
    used_at: datetime | None
    """When it was last used, to within some minutes; None if it never was."""


@rate_limited("account", by_session=True)
async def create(viewer: CurrentUser, name: object) -> str:
    """Return a new token, which acts as the user until they revoke it.

    Raises `ServiceError` for an unusable name and for a user who has too many tokens,
    `ReauthenticationNeeded`, and `BrowserNeeded` for apps and bots.
    """
    called = check_device_name(name)
    await reauthentication.require_recent(viewer)

    def add(session: Session) -> tuple[str, events.SecurityNoticeAdded]:
        if len(session.exec(_live(viewer.user_id)).all()) >= MAX_TOKENS:
            raise ServiceError(
                _("You have {count} tokens, the most there can be. Revoke one first.").format(
                    count=number(MAX_TOKENS)
                )
            )
        # Made at no address: where it is used is for its owner to know.
        opened = sessions.add(
            session,
            viewer.user_id,
            Visitor("", called),
            kind=SessionKind.BOT,
            device_id=devices.new_id(),
        )
        security_log.record(session, SecurityKind.TOKEN_MADE, viewer, detail=called)
        notice = security_notices.add(
            session, viewer.user_id, NoticeKind.TOKEN_MADE, called, session_id=viewer.session_id
        )
        return opened.token, notice

    token, notice = await database.write(add)
    events.publish(notice)
    return token


async def mine(viewer: CurrentUser) -> list[TokenView]:
    """Return the user's tokens, the oldest first."""
    found = await database.read(lambda session: session.exec(_live(viewer.user_id)).all())
    return [
        TokenView(
            login.id or 0,
            login.device,
            login.created_at,
            login.last_seen_at if login.last_seen_at > login.created_at else None,
        )
        for login in found
    ]


async def revoke(viewer: CurrentUser, session_id: int) -> None:
    """End one of the user's own tokens, and the sessions of apps that logged in with it.

    Raises `NotFound` for what is no token of theirs, `ReauthenticationNeeded`, and `BrowserNeeded`.
    """
    is_token = await database.read(
        lambda session: session.exec(
            _live(viewer.user_id).where(LoginSession.id == session_id)
        ).first()
    )
    if is_token is None:
        raise NotFound
    await sessions.end(viewer, session_id)


def _live(user_id: int) -> Any:
    """Return a select of the tokens of a user that nobody has ended."""
    tokens = devices.live(user_id).where(LoginSession.kind == SessionKind.BOT)
    return tokens.order_by(col(LoginSession.id))
