"""Preferences for privacy, notifications and appearance, and the time zone."""

import re
from typing import Any

from sqlmodel import Session, col

from models import User
from services.core import events
from services.core.dto import CurrentUser, Preferences
from services.core.errors import NotFound, ServiceError, about
from services.core.i18n import _, languages
from services.core.limits.rate_limited import rate_limited
from services.db import database

# In the order of `Preferences`: `sessions` reads them together with the user.
COLUMNS: tuple[Any, ...] = (
    col(User.shows_receipts),
    col(User.shows_last_seen),
    col(User.has_sound),
    col(User.quiet_from),
    col(User.quiet_until),
    col(User.time_zone),
    col(User.density),
    col(User.text_size),
    col(User.language),
    col(User.animations),
)
DENSITIES = ("comfortable", "compact")
TEXT_SIZES = ("small", "normal", "large")
ANIMATIONS = ("always", "click")
"""When pictures that move play: by themselves, or when they are pressed."""
_CHOICES = {"density": DENSITIES, "text_size": TEXT_SIZES, "animations": ANIMATIONS}
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
# The format of https://data.iana.org/time-zones/theory.html#naming. Whether a zone exists is
# left to the browser: its list is newer than the server's, which may have none at all.
_ZONE = re.compile(r"[A-Za-z][\w+-]{0,30}(/[A-Za-z0-9][\w+-]{0,30}){0,2}", re.ASCII)


async def get(viewer: CurrentUser) -> Preferences:
    """Return the user's preferences."""
    return await database.read(lambda session: of(_get(session, viewer)))


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
    with about("quiet_from"):
        begins = _minutes(quiet_from)
    with about("quiet_until"):
        ends = _minutes(quiet_until)
    if (begins is None) != (ends is None):
        raise ServiceError(
            _("Set both times for Do not disturb, or neither."),
            about="quiet_from" if begins is None else "quiet_until",
        )
    if begins is not None and begins == ends:
        raise ServiceError(
            _("Do not disturb starts and ends at the same time. Choose two different times."),
            about="quiet_until",
        )

    def store(session: Session) -> Preferences:
        user = _get(session, viewer)
        user.shows_receipts = bool(shows_receipts)
        user.shows_last_seen = bool(shows_last_seen)
        user.has_sound = bool(has_sound)
        user.quiet_from, user.quiet_until = begins, ends
        session.add(user)
        return of(user)

    return await _publish(viewer, await database.write(store))


@rate_limited("account")
async def change_appearance(
    viewer: CurrentUser,
    *,
    density: object = None,
    text_size: object = None,
    animations: object = None,
) -> Preferences:
    """Set how messages look to the user, one of `DENSITIES`, `TEXT_SIZES` and `ANIMATIONS`.

    None stays. Raises `ServiceError` for anything else.
    """
    wanted = {"density": density, "text_size": text_size, "animations": animations}
    chosen = {name: value for name, value in wanted.items() if value is not None}
    for name, value in chosen.items():
        if value not in _CHOICES[name]:
            raise ServiceError(_("Choose one of the options that are shown."))

    def store(session: Session) -> Preferences:
        user = _get(session, viewer)
        for name, value in chosen.items():
            setattr(user, name, value)
        session.add(user)
        return of(user)

    return await _publish(viewer, await database.write(store))


@rate_limited("account")
async def choose_language(viewer: CurrentUser, code: object) -> Preferences:
    """Set the language of the user's pages; empty for what each browser prefers.

    Raises `ServiceError` for a language without a catalog.
    """
    if code not in ("", *languages()):
        raise ServiceError(_("Choose one of the options that are shown."))

    def store(session: Session) -> Preferences:
        user = _get(session, viewer)
        user.language = str(code)
        session.add(user)
        return of(user)

    return await _publish(viewer, await database.write(store))


@rate_limited("account")
async def set_time_zone(viewer: CurrentUser, zone: object) -> Preferences:
    """Store the IANA time zone of the browser. Raises `ServiceError` for a malformed name."""
    if not isinstance(zone, str) or not _ZONE.fullmatch(zone):
        raise ServiceError(
            _("Unknown time zone. Check this device's clock settings and reload the page.")
        )

    def store(session: Session) -> Preferences:
        user = _get(session, viewer)
        user.time_zone = zone
        session.add(user)
        return of(user)

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
        raise ServiceError(_("Enter the time as hours and minutes, such as 22:00."))
    return int(match[1]) * 60 + int(match[2])


def of(user: User) -> Preferences:
    """Return the preferences of a user."""
    return Preferences(*(getattr(user, column.key) for column in COLUMNS))


def _get(session: Session, viewer: CurrentUser) -> User:
    user = session.get(User, viewer.user_id)
    if user is None:
        raise NotFound(_("This account no longer exists."))
    return user
