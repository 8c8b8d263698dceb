"""Time zones of users, by which their days and months begin."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from services.core.dto import Preferences


def time_zone_of(preferences: Preferences) -> tzinfo:
    """Return the time zone of a user's browser; UTC if it is unknown.

    Many systems have no zones, or not under the older names that browsers still use, such as
    Asia/Calcutta: those are in `tzdata` of PyPI.
    """
    try:
        return ZoneInfo(preferences.time_zone)
    except (KeyError, ValueError, OSError):
        return UTC
