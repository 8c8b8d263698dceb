"""Preferences for privacy and notifications, and the time zone."""

import pytest

from services.accounts import accounts, preferences
from services.core import events
from services.core.dto import Preferences
from services.core.errors import RateLimited, ServiceError

ALL = {"shows_receipts": True, "shows_last_seen": True, "has_sound": True}
NO_QUIET_TIME = {"quiet_from": "", "quiet_until": ""}


async def test_the_defaults(people) -> None:
    assert await preferences.get(people.asha) == Preferences() == people.asha.preferences


async def test_each_preference_is_stored_for_its_user(people) -> None:
    for choice in ALL:
        chosen = await preferences.change(people.asha, **{**ALL, choice: False}, **NO_QUIET_TIME)
        assert chosen == Preferences(**{choice: False})
        assert await preferences.get(people.asha) == chosen
    assert await preferences.get(people.ben) == Preferences()


async def test_do_not_disturb_may_go_past_midnight(people) -> None:
    chosen = await preferences.change(people.asha, **ALL, quiet_from="22:30", quiet_until="07:00")
    assert (chosen.quiet_from, chosen.quiet_until) == (1350, 420)
    chosen = await preferences.change(people.asha, **ALL, quiet_from="00:00", quiet_until="23:59")
    assert (chosen.quiet_from, chosen.quiet_until) == (0, 1439)
    chosen = await preferences.change(people.asha, **ALL, quiet_from=None, quiet_until="")
    assert (chosen.quiet_from, chosen.quiet_until) == (None, None)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("22:00", ""),
        ("", "07:00"),
        ("22:00", "22:00"),
        ("24:00", "07:00"),
        ("7:00", "8:00"),
        ("22:00\n", "07:00"),
        ("२२:००", "०७:००"),
        (22, 7),
        (["22:00"], {}),
        (True, False),
    ],
)
async def test_invalid_times_are_refused_and_change_nothing(people, start, end) -> None:
    with pytest.raises(ServiceError) as refused:
        await preferences.change(
            people.asha,
            shows_receipts=False,
            shows_last_seen=False,
            has_sound=False,
            quiet_from=start,
            quiet_until=end,
        )
    assert refused.value.message.endswith(".")
    assert await preferences.get(people.asha) == Preferences()


@pytest.mark.parametrize("density", preferences.DENSITIES)
@pytest.mark.parametrize("size", preferences.TEXT_SIZES)
@pytest.mark.parametrize("plays", preferences.ANIMATIONS)
async def test_appearance(people, published, density: str, size: str, plays: str) -> None:
    await preferences.change_appearance(people.asha, density=density)
    await preferences.change_appearance(people.asha, animations=plays)
    chosen = await preferences.change_appearance(people.asha, text_size=size)
    assert (chosen.density, chosen.text_size, chosen.animations) == (density, size, plays)
    assert await preferences.get(people.asha) == chosen
    assert published[-1] == events.PreferencesChanged(people.asha.user_id, chosen)


@pytest.mark.parametrize("invalid", ["", "huge", "compact\n", 5, [], True])
@pytest.mark.parametrize("name", ["density", "text_size", "animations"])
async def test_another_appearance_is_refused(people, name: str, invalid: object) -> None:
    with pytest.raises(ServiceError):
        await preferences.change_appearance(people.asha, **{name: invalid})
    assert await preferences.get(people.asha) == Preferences()


async def test_a_language_is_chosen(people, published) -> None:
    for code in ("hi", "mr", "en", ""):
        chosen = await preferences.choose_language(people.asha, code)
        assert chosen.language == code
        assert await preferences.get(people.asha) == chosen
        assert published[-1] == events.PreferencesChanged(people.asha.user_id, chosen)


@pytest.mark.parametrize("code", ["tlh", "HI", "../hi", "ar-XB", 5, None, ["hi"]])
async def test_a_language_without_a_catalog_is_refused(people, code: object) -> None:
    with pytest.raises(ServiceError):
        await preferences.choose_language(people.asha, code)
    assert await preferences.get(people.asha) == Preferences()


@pytest.mark.parametrize(
    "zone", ["UTC", "Asia/Kolkata", "America/Argentina/Buenos_Aires", "Etc/GMT+5"]
)
async def test_time_zones_of_browsers(people, published, zone: str) -> None:
    chosen = await preferences.set_time_zone(people.asha, zone)
    assert chosen.time_zone == zone
    assert published == [events.PreferencesChanged(people.asha.user_id, chosen)]


@pytest.mark.parametrize(
    "zone", ["", "Mars Time", "../etc/passwd", "A" * 500, "Asia/<b>", "Asia/कोलकाता", None, 5, []]
)
async def test_malformed_time_zones_are_refused(people, zone) -> None:
    with pytest.raises(ServiceError):
        await preferences.set_time_zone(people.asha, zone)
    assert (await preferences.get(people.asha)).time_zone == ""


async def test_changes_are_rate_limited(people) -> None:
    for _each in range(20):
        await preferences.set_time_zone(people.asha, "UTC")
    with pytest.raises(RateLimited):
        await preferences.change(people.asha, **ALL, **NO_QUIET_TIME)


async def test_about(people) -> None:
    await accounts.change_profile(people.asha, display_name="Asha", hue=1, about="Chess.\nAnd tea.")
    assert await accounts.about(people.asha) == "Chess.\nAnd tea."
    await accounts.change_profile(people.asha, display_name="Asha", hue=2)
    assert await accounts.about(people.asha) == "Chess.\nAnd tea."
    for invalid in ("x" * 301, "\ud800", ["text"], 7):
        with pytest.raises(ServiceError):
            await accounts.change_profile(people.asha, display_name="Asha", hue=1, about=invalid)
    await accounts.change_profile(people.asha, display_name="Asha", hue=1, about="  ")
    assert await accounts.about(people.asha) == ""
