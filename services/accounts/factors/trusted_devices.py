"""Browsers that are not asked for the second factor for a while, because their user wants that.

They are recognised by their device cookie (`services/accounts/sessions/device_cookies.py`). Every
login renews it: then the old cookie is worth nothing.
"""

import hashlib
from datetime import timedelta

from sqlmodel import Session, col, delete, func, select

from models import TrustedDevice
from models.clock import now
from services.core.dto import CurrentUser
from services.core.limits.rate_limited import rate_limited
from services.db import database

LIFETIME = timedelta(days=30)
MAX_DEVICES = 20
"""Devices of one user; a further one replaces the oldest."""


def trust(session: Session, user_id: int, device_id: str) -> None:
    """Trust a device within a write, from now on for `LIFETIME`."""
    newest = (
        select(TrustedDevice.id)
        .where(TrustedDevice.user_id == user_id, col(TrustedDevice.expires_at) > now())
        .order_by(col(TrustedDevice.id).desc())
        .limit(MAX_DEVICES - 1)
    )
    session.exec(
        delete(TrustedDevice).where(
            col(TrustedDevice.user_id) == user_id, col(TrustedDevice.id).not_in(newest)
        )
    )
    session.add(
        TrustedDevice(user_id=user_id, device_hash=_hash(device_id), expires_at=now() + LIFETIME)
    )


def renew(session: Session, user_id: int, device_id: str | None, new_id: str) -> bool:
    """Return within a write whether a device is trusted; it goes on being so under its new id."""
    if device_id is None:
        return False
    device = session.exec(
        select(TrustedDevice).where(
            TrustedDevice.user_id == user_id,
            TrustedDevice.device_hash == _hash(device_id),
            col(TrustedDevice.expires_at) > now(),
        )
    ).first()
    if device is None:
        return False
    device.device_hash = _hash(new_id)
    session.add(device)
    return True


def remove_all(session: Session, user_id: int) -> None:
    """Trust no device of this user any more, within a write."""
    session.exec(delete(TrustedDevice).where(col(TrustedDevice.user_id) == user_id))


def count(session: Session, user_id: int) -> int:
    """Return how many devices of this user are trusted."""
    return session.exec(
        select(func.count())
        .select_from(TrustedDevice)
        .where(TrustedDevice.user_id == user_id, col(TrustedDevice.expires_at) > now())
    ).one()


@rate_limited("account", by_session=True)
async def forget(viewer: CurrentUser) -> None:
    """Ask for the second factor on all devices of the user again."""
    await database.write(lambda session: remove_all(session, viewer.user_id), uses_reserve=True)


def _hash(device_id: str) -> str:
    return hashlib.sha256(device_id.encode()).hexdigest()
