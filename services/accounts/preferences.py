"""Preferences for privacy and notifications, and the time zone."""

import re
from typing import Any

from sqlmodel import Session, col

from models import User
from services.core import events
from services.core.dto import CurrentUser, Preferences
from services.core.errors import NotFound, ServiceError
from services.core.i18n import _
from services.core.rate_limited import rate_limited
from services.db import database

# In the order of `Preferences`: `sessions` reads them together with the user.
COLUMNS: tuple[Any, ...] = (
    col(User.shows_receipts),
    col(User.shows_last_seen),
    col(User.has_sound),
    col(User.quiet_from),
    col(User.quiet_until),
    col(User.time_zone),
)
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
# The format of https://data.iana.org/time-zones/theory.html#naming. Whether a zone exists is
# left to the browser: its list is newer than the server's, which may have none at all.
_ZONE = re.compile(r"[A-Za-z][\w+-]{0,30}(/[A-Za-z0-9][\w+-]{0,30}){0,2}", re.ASCII)


async def get(viewer: CurrentUser) -> Preferences:
    """Return the user's preferences."""
    return await database.read(lambda session: _preferences(_get(session, viewer)))


@rate_limited("account")
async def change(
    viewer: CurrentUser,
    *,
    shows_receipts: bool,
    shows_last_seen: bool,
    has_sound: bool,
    quiet_from: object,
    quiet_until: object,
) -> Preferences:
    """Set the user's preferences.

    `quiet_from` and `quiet_until` are times such as "22:00", or both empty. Raises
    `ServiceError` otherwise.
    """
    quiet = _minutes(quiet_from), _minutes(quiet_until)
    if (quiet[0] is None) != (quiet[1] is None):
        raise ServiceError(_("Do not disturb needs both times, or neither."))
    if quiet[0] is not None and quiet[0] == quiet[1]:
        raise ServiceError(_("Do not disturb begins and ends at the same time. Choose two times."))

    def store(session: Session) -> Preferences:
        user = _get(session, viewer)
        user.shows_receipts = bool(shows_receipts)
        user.shows_last_seen = bool(shows_last_seen)
        user.has_sound = bool(has_sound)
        user.quiet_from, user.quiet_until = quiet
        session.add(user)
        return _preferences(user)

    return await _publish(viewer, await database.write(store))


@rate_limited("account")
async def set_time_zone(viewer: CurrentUser, zone: object) -> Preferences:
    """Store the IANA time zone of the browser. Raises `ServiceError` for a malformed name."""
    if not isinstance(zone, str) or not _ZONE.fullmatch(zone):
        raise ServiceError(
            _("That is no time zone. Set the clock of this device and reload the page.")
        )

    def store(session: Session) -> Preferences:
        user = _get(session, viewer)
        user.time_zone = zone
        session.add(user)
        return _preferences(user)

    return await _publish(viewer, await database.write(store))


async def _publish(viewer: CurrentUser, preferences: Preferences) -> Preferences:
    events.publish(events.PreferencesChanged(viewer.user_id, preferences))
    return preferences


def _minutes(time: object) -> int | None:
    """Return a time such as "22:00" in minutes after midnight, or None if it is empty."""
    if time is None or time == "":
        return None
    match = _TIME.fullmatch(time) if isinstance(time, str) else None
    if match is None:
        raise ServiceError(
            _("That is no time of day. Give it as hours and minutes, such as 22:00.")
        )
    return int(match[1]) * 60 + int(match[2])


def _preferences(user: User) -> Preferences:
    return Preferences(*(getattr(user, column.key) for column in COLUMNS))


def _get(session: Session, viewer: CurrentUser) -> User:
    user = session.get(User, viewer.user_id)
    if user is None:
        raise NotFound(_("This account is no more."))
    return user
