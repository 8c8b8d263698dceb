"""The time zone somebody is in: days and months are theirs."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from services.core.dto import Preferences


def chosen(preferences: Preferences) -> tzinfo:
    """Return the time zone of somebody's browser, as far as this machine knows it."""
    try:
        return ZoneInfo(preferences.time_zone)
    except (KeyError, ValueError, OSError):
        return UTC
