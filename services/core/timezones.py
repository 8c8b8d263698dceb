"""Time zones of users, by which their days and months begin."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from services.core.dto import Preferences


def time_zone_of(preferences: Preferences) -> tzinfo:
    """Return the time zone of a user's browser; UTC if this machine does not know it."""
    try:
        return ZoneInfo(preferences.time_zone)
    except (KeyError, ValueError, OSError):
        return UTC
