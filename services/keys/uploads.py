"""A device uploads its keys: its identity, those to hand out once, and those after that."""

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy
from msgspec import Struct
from sqlmodel import Session, func

from models import FallbackKey, KeyDevice, OneTimeKey
from models.base import table
from services.accounts.sessions import key_changes, sessions
from services.core.dto import CurrentUser
from services.core.errors import Forbidden, ServiceError
from services.core.i18n import _
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.keys import bounded, key_devices
from services.keys.device_lists import publish_change, require_few_changes
from services.keys.key_devices import KeyCounts

MAX_IDENTITY = 8 * 1024
"""Characters of a device's identity."""
MAX_KEY = 2 * 1024
"""Characters of any other key."""
MAX_AT_ONCE = 500
"""Keys in one request."""
MAX_LEFT = 500
"""One-time keys of a device that nobody has claimed yet."""
MAX_CLAIMED = 1_000
"""Claimed keys of a device that are remembered, the newest."""
MAX_ALGORITHMS = 10
"""Fallback keys of a device: one of each algorithm."""

_ONE_TIME, _FALLBACKS = table(OneTimeKey), table(FallbackKey)
_UNCOMPARED = ("signatures", "unsigned")
"""What may differ when the same key is uploaded again."""


class _Key(Struct, frozen=True):
    algorithm: str
    key_id: str
    content: str


@rate_limited("keys")
async def upload(
    viewer: CurrentUser,
    identity: Mapping[str, Any] | None,
    one_time: Mapping[str, Any],
    fallbacks: Mapping[str, Any],
) -> KeyCounts:
    """Store keys of the viewer's device; return how many it has then.

    `identity` is None where it stays as it is; the others are by `algorithm:key id`. Another
    identity drops all other keys, which belong to the one before. A key that was handed out already
    is not taken again.

    Raises `Forbidden` for a browser and for another device's identity, `ServiceError` for the id
    of another key, or too many keys, `SessionEnded`, `TooLarge`, and `RateLimited` for too many
    changes.
    """
    device_id = key_devices.required(viewer)
    if identity is not None and identity.get("device_id") != device_id:
        raise Forbidden(_("An app can upload the keys of its own device only."))
    if identity is not None:
        require_few_changes(viewer)
    own = None if identity is None else bounded.stored(_bare(identity), MAX_IDENTITY)
    bounded.require_few(len(one_time) + len(fallbacks), MAX_AT_ONCE)
    given, spare = _parsed(one_time), _parsed(fallbacks)

    def write(session: Session) -> tuple[KeyCounts, bool]:
        sessions.require_open(session, viewer)
        device = key_devices.row(session, viewer.user_id, device_id)
        is_new = own is not None and _set_identity(session, device, own)
        _add_one_time(session, device, given)
        _set_fallbacks(session, device, spare)
        return key_devices.recount(session, device), is_new

    counts, is_new = await database.write(write)
    if is_new:
        await publish_change(viewer)
    return counts


def _bare(identity: Mapping[str, Any]) -> dict[str, Any]:
    """Return an identity without what servers add to it."""
    return {name: value for name, value in identity.items() if name != "unsigned"}


def _parsed(keys: Mapping[str, Any]) -> list[_Key]:
    found = []
    for name, content in keys.items():
        algorithm, colon, key_id = name.partition(":")
        if not colon or not isinstance(content, (str, dict)):
            raise ServiceError(_("A key in this request has no algorithm, id or content."))
        content = bounded.stored(content, MAX_KEY)
        found.append(_Key(bounded.name(algorithm), bounded.name(key_id), content))
    return found


def _set_identity(session: Session, device: KeyDevice, keys: str) -> bool:
    """Store a device's identity; return whether that changes anything."""
    if device.identity == keys:
        return False
    if device.identity is not None and _public(device.identity) != _public(keys):
        for rows in (_ONE_TIME, _FALLBACKS):
            session.connection().execute(rows.delete().where(*_of(rows, device)))
        key_changes.forget_signatures(session, device.user_id, [device.device_id])
    device.identity = keys
    session.add(device)
    key_changes.record_change(session, device.user_id)
    return True


def _public(keys: str) -> Any:
    return json.loads(keys).get("keys")


def _add_one_time(session: Session, device: KeyDevice, keys: list[_Key]) -> None:
    if not keys:
        return
    known = {
        (algorithm, key_id): content
        for algorithm, key_id, content in session.connection().execute(
            sqlalchemy.select(_ONE_TIME.c.algorithm, _ONE_TIME.c.key_id, _ONE_TIME.c.content).where(
                *_of(_ONE_TIME, device), _ONE_TIME.c.key_id.in_([key.key_id for key in keys])
            )
        )
    }
    fresh = [key for key in keys if (key.algorithm, key.key_id) not in known]
    for key in keys:
        content = known.get((key.algorithm, key.key_id))
        if content is not None and not _is_same(content, key.content):
            raise ServiceError(_("A key with this id and another content was uploaded before."))
    if _left(session, device) + len(fresh) > MAX_LEFT:
        raise ServiceError(_("This device has uploaded as many keys as it may."))
    if fresh:
        of_device = {"user_id": device.user_id, "device_id": device.device_id}
        session.connection().execute(
            _ONE_TIME.insert(),
            [
                of_device
                | {"algorithm": key.algorithm, "key_id": key.key_id, "content": key.content}
                for key in fresh
            ],
        )
    _forget_claimed(session, device)


def _is_same(stored: str, given: str) -> bool:
    return bool(_compared(stored) == _compared(given))


def _compared(content: str) -> Any:
    key = json.loads(content)
    if isinstance(key, dict):
        return {name: value for name, value in key.items() if name not in _UNCOMPARED}
    return key


def _left(session: Session, device: KeyDevice) -> int:
    left = (*_of(_ONE_TIME, device), _ONE_TIME.c.content.is_not(None))
    return session.connection().scalar(sqlalchemy.select(func.count()).where(*left)) or 0


def _forget_claimed(session: Session, device: KeyDevice) -> None:
    claimed = (*_of(_ONE_TIME, device), _ONE_TIME.c.content.is_(None))
    last = session.connection().scalar(
        sqlalchemy.select(_ONE_TIME.c.id)
        .where(*claimed)
        .order_by(_ONE_TIME.c.id.desc())
        .offset(MAX_CLAIMED)
        .limit(1)
    )
    if last is not None:
        session.connection().execute(_ONE_TIME.delete().where(*claimed, _ONE_TIME.c.id <= last))


def _set_fallbacks(session: Session, device: KeyDevice, keys: list[_Key]) -> None:
    for key in keys:
        of_device = device.user_id, device.device_id
        stored = session.get(FallbackKey, (*of_device, key.algorithm))
        if stored is None:
            stored = FallbackKey(
                user_id=of_device[0],
                device_id=of_device[1],
                algorithm=key.algorithm,
                key_id="",
                content="",
            )
        if stored.key_id != key.key_id:
            stored.key_id, stored.content, stored.is_used = key.key_id, key.content, False
        elif not _is_same(stored.content, key.content):
            raise ServiceError(_("A key with this id and another content was uploaded before."))
        session.add(stored)
    session.flush()
    count = sqlalchemy.select(func.count()).where(*_of(_FALLBACKS, device))
    if keys and (session.connection().scalar(count) or 0) > MAX_ALGORITHMS:
        raise ServiceError(_("This device has uploaded as many keys as it may."))


def _of(rows: Any, device: KeyDevice) -> tuple[Any, Any]:
    return rows.c.user_id == device.user_id, rows.c.device_id == device.device_id
