"""The devices of apps: which of a user's are logged in, and the row that has their keys."""

import json
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy
from msgspec import Struct
from sqlmodel import Session, func

from models import FallbackKey, KeyDevice, LoginSession, OneTimeKey
from models.base import table
from models.clock import now
from services.accounts.sessions import sessions
from services.core.dto import CurrentUser
from services.core.errors import Forbidden
from services.core.i18n import _
from services.db import database

_DEVICES, _ONE_TIME, _FALLBACKS = table(KeyDevice), table(OneTimeKey), table(FallbackKey)
_SESSIONS = table(LoginSession)


class KeyCounts(Struct, frozen=True):
    """What is left of the keys that a device has uploaded to be handed out."""

    one_time: Mapping[str, int] = {}
    """By algorithm."""
    unused_fallbacks: tuple[str, ...] = ()
    """The algorithms whose fallback key nobody has claimed yet."""


def required(viewer: CurrentUser) -> str:
    """Return the viewer's device. Raises `Forbidden` for a browser, which has no keys."""
    if viewer.device_id is None:
        raise Forbidden(_("Only apps have keys for encryption."))
    return viewer.device_id


def live(session: Session, user_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """Return the devices that are logged in, by user and id, with what their owner calls them."""
    found: dict[int, dict[str, str]] = {each: {} for each in user_ids}
    rows = session.connection().execute(
        sqlalchemy.select(_SESSIONS.c.user_id, _SESSIONS.c.device_id, _SESSIONS.c.device).where(
            _SESSIONS.c.user_id.in_(user_ids),
            _SESSIONS.c.device_id.is_not(None),
            ~sessions.is_over(now()),
        )
    )
    for user_id, device_id, called in rows:
        found[user_id][device_id] = called
    return found


def row(session: Session, user_id: int, device_id: str) -> KeyDevice:
    """Return, within a write, the row of a device; a new one if it has none."""
    found = session.get(KeyDevice, (user_id, device_id))
    if found is None:
        found = KeyDevice(user_id=user_id, device_id=device_id)
        session.add(found)
        session.flush()
    return found


def recount(session: Session, device: KeyDevice) -> KeyCounts:
    """Count, within a write that has changed them, the keys of a device."""
    session.flush()
    connection = session.connection()
    rows = connection.execute(
        sqlalchemy.select(_ONE_TIME.c.algorithm, func.count())
        .where(
            _ONE_TIME.c.user_id == device.user_id,
            _ONE_TIME.c.device_id == device.device_id,
            _ONE_TIME.c.content.is_not(None),
        )
        .group_by(_ONE_TIME.c.algorithm)
    ).all()
    unused = connection.scalars(
        sqlalchemy.select(_FALLBACKS.c.algorithm).where(
            _FALLBACKS.c.user_id == device.user_id,
            _FALLBACKS.c.device_id == device.device_id,
            _FALLBACKS.c.is_used.is_(False),
        )
    ).all()
    counted = KeyCounts(dict(map(tuple, rows)), tuple(sorted(unused)))
    device.counts = json.dumps(dict(counted.one_time))
    device.fallbacks = json.dumps(counted.unused_fallbacks)
    session.add(device)
    return counted


def parsed(counts: str | None, fallbacks: str | None) -> KeyCounts:
    """Return what the row of a device says, if it has one."""
    if counts is None or fallbacks is None:
        return KeyCounts()
    return KeyCounts(json.loads(counts), tuple(json.loads(fallbacks)))


async def counts(viewer: CurrentUser) -> KeyCounts:
    """Return what is left of the keys of the viewer's device."""
    asked: Any = sqlalchemy.select(_DEVICES.c.counts, _DEVICES.c.fallbacks).where(
        _DEVICES.c.user_id == viewer.user_id, _DEVICES.c.device_id == (viewer.device_id or "")
    )
    found = await database.read(lambda session: session.connection().execute(asked).first())
    return parsed(*found) if found else KeyCounts()
