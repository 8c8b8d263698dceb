"""Handing out one-time keys, with which apps begin to encrypt for a device: each of them once."""

from collections.abc import Mapping, Sequence

import sqlalchemy
from msgspec import Struct
from sqlmodel import Session

from models import FallbackKey, KeyDevice, OneTimeKey
from models.base import table
from services.core import app_context
from services.core.dto import CurrentUser, UserSummary
from services.core.errors import RateLimited
from services.core.limits.rate_limited import rate_limited
from services.db import database
from services.keys import bounded, key_devices, sharing
from services.keys.sharing import Named

MAX_DEVICES = 500
"""Devices in one request."""
_ONE_TIME = table(OneTimeKey)


class ClaimedKey(Struct, frozen=True):
    """A key for a device."""

    person: UserSummary
    device_id: str
    algorithm: str
    key_id: str
    content: str
    """JSON."""


@rate_limited("keys")
async def claim(
    viewer: CurrentUser, wanted: Mapping[Named, Mapping[str, str]]
) -> Sequence[ClaimedKey]:
    """Return a key for each of these devices, given as the algorithm by person and device.

    It is the oldest one-time key, which nobody gets again even if the answer is lost; without one,
    or for who has claimed many of this device, the fallback key. Left out are devices that have
    neither, and those of people who share no room with the viewer. Raises `TooLarge`, and
    `ServiceError` for an algorithm that is none.
    """
    bounded.require_few(sum(map(len, wanted.values())), MAX_DEVICES)

    def read(session: Session) -> dict[tuple[int, str], str]:
        people = sharing.people(session, viewer.user_id, wanted)
        live = key_devices.live(session, {each.user_id for each in people.values()})
        return {
            (people[name].user_id, device_id): algorithm
            for name, devices in wanted.items()
            if name in people
            for device_id, algorithm in devices.items()
            # Counted for made-up devices, claims would push those that count out of the limit.
            if device_id in live[people[name].user_id]
        }

    for algorithms in wanted.values():
        for algorithm in algorithms.values():
            bounded.name(algorithm)
    asked = await database.read(read)
    if not asked:
        return []
    limited = {each for each in asked if not _counts(viewer, *each)}

    def write(session: Session) -> list[ClaimedKey]:
        known = sharing.people(session, viewer.user_id, [each[0] for each in asked])
        live = key_devices.live(session, {each[0] for each in asked})
        found = []
        for (user_id, device_id), algorithm in asked.items():
            if user_id not in known or device_id not in live[user_id]:
                continue
            device = session.get(KeyDevice, (user_id, device_id))
            if device is None:
                continue
            key = None if (user_id, device_id) in limited else _take(session, device, algorithm)
            key = key or _fallback(session, device, algorithm)
            if key is not None:
                found.append(ClaimedKey(known[user_id], device_id, algorithm, *key))
                key_devices.recount(session, device)
        return found

    return await database.write(write)


def _counts(viewer: CurrentUser, user_id: int, device_id: str) -> bool:
    """Count a claim of a one-time key; return whether the viewer may have another one."""
    limit = app_context.current().rate_limits.claim
    try:
        limit.consume(viewer.user_id, user_id, device_id)
    except RateLimited:
        return False
    return True


def _take(session: Session, device: KeyDevice, algorithm: str) -> tuple[str, str] | None:
    """Return the id and content of the oldest one-time key, and keep only that it was there."""
    found = (
        session.connection()
        .execute(
            sqlalchemy.select(_ONE_TIME.c.id, _ONE_TIME.c.key_id, _ONE_TIME.c.content)
            .where(
                _ONE_TIME.c.user_id == device.user_id,
                _ONE_TIME.c.device_id == device.device_id,
                _ONE_TIME.c.algorithm == algorithm,
                _ONE_TIME.c.content.is_not(None),
            )
            .order_by(_ONE_TIME.c.id)
            .limit(1)
        )
        .first()
    )
    if found is None:
        return None
    number, key_id, content = found
    session.connection().execute(
        _ONE_TIME.update().where(_ONE_TIME.c.id == number).values(content=None)
    )
    return key_id, content


def _fallback(session: Session, device: KeyDevice, algorithm: str) -> tuple[str, str] | None:
    found = session.get(FallbackKey, (device.user_id, device.device_id, algorithm))
    if found is None:
        return None
    found.is_used = True
    session.add(found)
    return found.key_id, found.content
