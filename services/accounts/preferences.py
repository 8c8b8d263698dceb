"""What people choose about being seen and being disturbed."""

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

# In the order of `Preferences`: `sessions` reads them along with whose session it is.
COLUMNS: tuple[Any, ...] = (
    col(User.shows_receipts),
    col(User.shows_last_seen),
    col(User.has_sound),
    col(User.quiet_from),
    col(User.quiet_until),
    col(User.time_zone),
)
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
# The shape of https://data.iana.org/time-zones/theory.html#naming. Which zones there are is for
# browsers to know: theirs are newer than a server's, and a server may have no list at all.
_ZONE = re.compile(r"[A-Za-z][\w+-]{0,30}(/[A-Za-z0-9][\w+-]{0,30}){0,2}", re.ASCII)


async def get(viewer: CurrentUser) -> Preferences:
    """Return what one has chosen."""
    return await database.read(lambda session: _chosen(_get(session, viewer)))


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
    """Choose anew. The hours in which one is not disturbed are two times such as "22:00",
    or both empty. Raises `ServiceError` for other hours.
    """
    hours = _minutes(quiet_from), _minutes(quiet_until)
    if (hours[0] is None) != (hours[1] is None):
        raise ServiceError(_("Do not disturb needs both times, or neither."))
    if hours[0] is not None and hours[0] == hours[1]:
        raise ServiceError(_("Do not disturb begins and ends at the same time. Choose two times."))

    def choose(session: Session) -> Preferences:
        user = _get(session, viewer)
        user.shows_receipts = bool(shows_receipts)
        user.shows_last_seen = bool(shows_last_seen)
        user.has_sound = bool(has_sound)
        user.quiet_from, user.quiet_until = hours
        session.add(user)
        return _chosen(user)

    return await _tell(viewer, await database.write(choose))


@rate_limited("account")
async def tell_zone(viewer: CurrentUser, zone: object) -> Preferences:
    """Store the time zone of the browser. Raises `ServiceError` for an unknown zone."""
    if not isinstance(zone, str) or not _ZONE.fullmatch(zone):
        raise ServiceError(
            _("That is no time zone. Set the clock of this device and reload the page.")
        )

    def note(session: Session) -> Preferences:
        user = _get(session, viewer)
        user.time_zone = zone
        session.add(user)
        return _chosen(user)

    return await _tell(viewer, await database.write(note))


async def _tell(viewer: CurrentUser, chosen: Preferences) -> Preferences:
    events.publish(events.PreferencesChanged(viewer.user_id, chosen))
    return chosen


def _minutes(time: object) -> int | None:
    """Return how many minutes after midnight a time such as "22:00" is."""
    if time is None or time == "":
        return None
    found = _TIME.fullmatch(time) if isinstance(time, str) else None
    if found is None:
        raise ServiceError(
            _("That is no time of day. Give it as hours and minutes, such as 22:00.")
        )
    return int(found[1]) * 60 + int(found[2])


def _chosen(user: User) -> Preferences:
    return Preferences(*(getattr(user, column.key) for column in COLUMNS))


def _get(session: Session, viewer: CurrentUser) -> User:
    user = session.get(User, viewer.user_id)
    if user is None:
        raise NotFound(_("This account is no more."))
    return user
