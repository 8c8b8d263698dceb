"""The time zones that browsers name are known, whatever the machine has of its own."""

import tomllib
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.core.dto import Preferences
from services.core.timezones import time_zone_of

PROJECT = Path(__file__).parents[3]
JULY = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
def _no_zones_of_the_machine() -> Iterator[None]:
    zoneinfo.reset_tzpath(to=[])
    zoneinfo.ZoneInfo.clear_cache()
    yield
    zoneinfo.reset_tzpath()
    zoneinfo.ZoneInfo.clear_cache()


@pytest.mark.usefixtures("_no_zones_of_the_machine")
@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("Asia/Kolkata", 5.5),
        ("Asia/Calcutta", 5.5),
        ("Asia/Katmandu", 5.75),
        ("Asia/Saigon", 7),
        ("Europe/Kiev", 3),
        ("America/Buenos_Aires", -3),
        ("US/Eastern", -4),
        ("Etc/GMT+5", -5),
    ],
)
def test_names_of_browsers_are_known(zone: str, hours: float) -> None:
    found = time_zone_of(Preferences(time_zone=zone))
    assert JULY.astimezone(found).utcoffset() == timedelta(hours=hours)


def test_the_chat_brings_its_zones_along() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [each for each in project["dependencies"] if each.startswith("tzdata")]


def test_what_nobody_knows_is_utc() -> None:
    assert time_zone_of(Preferences(time_zone="Europe/Atlantis")) is UTC
