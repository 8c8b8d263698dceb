"""Which apps want notifications, and by which gateway: one pusher for each login, until it ends.

A pusher is a subscription as a browser's, so that the same decides who is notified of what, and
when; what its gateway is sent is in `services/push/gateway.py`.
"""

import json
from typing import Any

from msgspec import Struct
from sqlmodel import Session, col, delete, select

from models import LoginSession, Pusher, PushSubscription
from models.clock import now
from services.accounts.sessions import sessions
from services.core import events, i18n
from services.core.dto import CurrentUser
from services.core.errors import ServiceError, TooLarge
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.push import endpoints, subscriptions

MAX_APP_ID = 64
"""Characters of the name of an app, as the specification of Matrix has it."""
MAX_PUSHKEY = 512
"""Bytes of the name of a device at its gateway, as there."""
MAX_NAME = 255
"""Characters of what it is called, and of the other texts."""
MAX_DATA = 4096
"""Bytes of what the gateway is given back, as JSON."""
FORMAT = "event_id_only"
"""The only one: a gateway learns that there is something, and the app asks the chat what."""


class PusherView(Struct, frozen=True):
    """How an app wants to be notified."""

    app_id: str
    pushkey: str
    """By which the gateway knows the device."""
    url: str
    """Of the gateway."""
    app_name: str = ""
    device_name: str = ""
    profile_tag: str = ""
    language: str = ""
    data: dict[str, Any] = {}
    """What the gateway is given back."""


@rate_limited("push")
async def store(viewer: CurrentUser, wanted: PusherView, *, keeps_others: bool = False) -> None:
    """Notify the app of this session by a gateway, in place of what it wanted before.

    With `keeps_others`, other people whose apps have the same key stay notified by it, too. Raises
    `ServiceError` for a gateway that may not be used, `SessionEnded`, and `TooLarge`.
    """
    _check(wanted)
    gateway = endpoints.check_gateway(wanted.url)
    given = json.dumps(wanted.data, separators=(",", ":"), allow_nan=False)
    if len(given) > MAX_DATA:
        raise TooLarge(_("What this app wants to tell its push gateway is too large."))
    columns = {
        "app_id": wanted.app_id,
        "pushkey": wanted.pushkey,
        "app_name": wanted.app_name,
        "device_name": wanted.device_name,
        "profile_tag": wanted.profile_tag,
        "language": wanted.language,
        "data": given,
    }
    subscription = {
        # Apps share a gateway, and an endpoint is one subscription's alone. What is behind `#` is
        # never sent (RFC 9110 §7.1).
        "endpoint": f"{gateway}#{viewer.session_id}",
        "p256dh": "",
        "auth": "",
        "shows_text": False,
        "language": i18n.language(),
    }

    def write(session: Session) -> None:
        session.exec(_others(viewer, wanted, keeps_others))
        number = subscriptions.store(session, viewer, subscription)
        known = session.get(Pusher, number)
        is_same = known is not None and known.pushkey == wanted.pushkey
        changed_at = known.changed_at if known and is_same else now()
        session.merge(Pusher(subscription_id=number, changed_at=changed_at, **columns))

    await database.write(write)
    events.publish(events.DeviceAdded())


@rate_limited("push")
async def remove(viewer: CurrentUser, app_id: str, pushkey: str) -> None:
    """Notify the viewer's app with this key no longer; nothing happens if there is none."""
    mine = col(PushSubscription.user_id) == viewer.user_id
    await database.write(
        lambda session: session.exec(
            delete(PushSubscription).where(
                mine, col(PushSubscription.id).in_(_with_key(app_id, pushkey))
            )
        ),
        uses_reserve=True,
    )


@rate_limited("read")
async def mine(viewer: CurrentUser) -> list[PusherView]:
    """Return how the viewer's apps want to be notified, the longest known first."""

    def query(session: Session) -> list[PusherView]:
        found = session.exec(
            select(Pusher, PushSubscription.endpoint)
            .join(PushSubscription, col(PushSubscription.id) == Pusher.subscription_id)
            .join(LoginSession, col(LoginSession.id) == PushSubscription.session_id)
            .where(PushSubscription.user_id == viewer.user_id, ~sessions.is_over(now()))
            .order_by(col(Pusher.subscription_id))
        )
        return [_view(*each) for each in found]

    return await database.read(query)


def _view(pusher: Pusher, endpoint: str) -> PusherView:
    return PusherView(
        app_id=pusher.app_id,
        pushkey=pusher.pushkey,
        url=endpoint.partition("#")[0],
        app_name=pusher.app_name,
        device_name=pusher.device_name,
        profile_tag=pusher.profile_tag,
        language=pusher.language,
        data=json.loads(pusher.data),
    )


def _check(wanted: PusherView) -> None:
    """Raise `ServiceError` for what has no name, or another format, `TooLarge` for long texts."""
    if not (wanted.app_id and wanted.pushkey):
        raise ServiceError(_("An app that wants notifications needs an app_id and a pushkey."))
    texts = (wanted.app_name, wanted.device_name, wanted.profile_tag, wanted.language)
    is_short = len(wanted.app_id) <= MAX_APP_ID and len(wanted.pushkey.encode()) <= MAX_PUSHKEY
    if not is_short or any(len(each) > MAX_NAME for each in texts):
        raise TooLarge(_("What this app wants to tell its push gateway is too large."))
    if not all(map(str.isprintable, (wanted.app_id, wanted.pushkey, *texts))):
        raise ServiceError(_("An app that wants notifications needs an app_id and a pushkey."))
    if wanted.data.get("format") != FORMAT:
        raise ServiceError(
            _("Push gateways get no messages here. The app must ask for the format event_id_only.")
        )


def _with_key(app_id: str, pushkey: str) -> Any:
    return select(Pusher.subscription_id).where(
        Pusher.app_id == app_id[: MAX_APP_ID + 1], Pusher.pushkey == pushkey[: MAX_PUSHKEY + 1]
    )


def _others(viewer: CurrentUser, wanted: PusherView, keeps_others: bool) -> Any:
    """Return the statement that ends other pushers with the same key: the device changed hands."""
    ended = delete(PushSubscription).where(
        col(PushSubscription.id).in_(_with_key(wanted.app_id, wanted.pushkey)),
        col(PushSubscription.session_id) != viewer.session_id,
    )
    return ended.where(col(PushSubscription.user_id) == viewer.user_id) if keeps_others else ended
