"""Which devices want notifications: one subscription for each login, until it ends."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, col, delete, func, select

from models import Message, PushCursor, PushSubscription
from models.clock import now
from services.accounts.sessions import sessions
from services.core import app_context, events, i18n
from services.core.dto import CurrentUser
from services.core.errors import ServiceError
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.push import encryption, endpoints, queue

MAX_DEVICES = 10
"""Devices of one user; one more takes the place of the oldest."""


def public_key() -> str:
    """Return the key that browsers want to know when they subscribe."""
    return encryption.own_public_key(app_context.current().device_key)


@rate_limited("push")
async def subscribe(
    viewer: CurrentUser, endpoint: object, p256dh: object, auth: object, *, shows_text: bool
) -> None:
    """Send notifications to the device of this session; nothing changes if it gets them already.

    The last three are what the browser said (W3C Push API §8.4). Raises `ServiceError` for what no
    browser says, and `SessionEnded`.
    """
    wanted: dict[str, Any] = {
        "endpoint": endpoints.check(endpoint),
        "p256dh": _key(p256dh, encryption.POINT_BYTES),
        "auth": _key(auth, encryption.SECRET_BYTES),
        "shows_text": shows_text,
        "language": i18n.language(),
    }

    def is_known(session: Session) -> bool:
        mine = session.exec(_of(viewer)).first()
        return mine is not None and all(getattr(mine, name) == wanted[name] for name in wanted)

    if await database.read(is_known):
        return

    await database.write(lambda session: store(session, viewer, wanted))
    events.publish(events.DeviceAdded())


def store(session: Session, viewer: CurrentUser, wanted: Mapping[str, Any]) -> int:
    """Store the subscription of this session, within a write; then publish `DeviceAdded`.

    `wanted` are its columns. Return its id. Raises `SessionEnded`.
    """
    sessions.require_open(session, viewer)
    if not queue.has_devices(session):  # nobody has looked at the messages up to now
        newest = session.exec(select(func.max(Message.id))).one()
        session.merge(PushCursor(id=1, message_id=newest or 0))
    mine = session.exec(_of(viewer)).first()
    if mine is None:
        mine = PushSubscription(
            session_id=viewer.session_id, user_id=viewer.user_id, created_at=now(), **wanted
        )
        _drop_oldest(session, viewer)
    # A browser in which somebody else was logged in: from now on it is this one's.
    session.exec(
        delete(PushSubscription).where(
            col(PushSubscription.endpoint) == wanted["endpoint"],
            col(PushSubscription.session_id) != viewer.session_id,
        )
    )
    for name, value in wanted.items():
        setattr(mine, name, value)
    mine.failures, mine.retry_at = 0, None
    session.add(mine)
    session.flush()
    return mine.id or 0


@rate_limited("push")
async def unsubscribe(viewer: CurrentUser) -> None:
    """Send nothing more to the device of this session."""
    await database.write(
        lambda session: session.exec(
            delete(PushSubscription).where(col(PushSubscription.session_id) == viewer.session_id)
        ),
        uses_reserve=True,
    )


def _of(viewer: CurrentUser) -> Any:
    return select(PushSubscription).where(PushSubscription.session_id == viewer.session_id)


def _drop_oldest(session: Session, viewer: CurrentUser) -> None:
    kept = (
        select(PushSubscription.id)
        .where(PushSubscription.user_id == viewer.user_id)
        .order_by(col(PushSubscription.id).desc())
        .limit(MAX_DEVICES - 1)
    )
    session.exec(
        delete(PushSubscription).where(
            col(PushSubscription.user_id) == viewer.user_id, col(PushSubscription.id).not_in(kept)
        )
    )


def _key(text: object, length: int) -> str:
    """Return a key that the browser said, in Base64. Raises `ServiceError` if it is no such key.

    Decoding leaves out what is no Base64, such as NUL: what is stored has none of it.
    """
    try:
        if isinstance(text, str) and len(text) < 2 * length:
            decoded = encryption.decode(text)
            if len(decoded) == length:
                if length == encryption.POINT_BYTES:
                    encryption.public_key(decoded)
                return encryption.encode(decoded)
    except ValueError:  # no Base64, or no point of the curve
        pass
    raise ServiceError(_("This browser's push service cannot be used. Try another browser."))
