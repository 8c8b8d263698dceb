"""One's own page, and the administrator's."""

from services.accounts.sessions import sessions
from services.core.dto import Preferences
from tests.conftest import PASSWORD
from tests.pages.conftest import ORIGIN, Guest, user_menu


async def test_everybody_sees_their_own_account(asha: Guest, ben: Guest) -> None:
    for guest, other in ((asha, ben), (ben, asha)):
        await guest.open("/account")
        await guest.user.should_see(f"@{guest.name}")
        await guest.user.should_not_see(f"@{other.name}")
        await guest.user.should_see("this device")


async def test_a_new_name_shows_at_once(ben: Guest) -> None:
    await ben.open("/account")
    profile, *_others = ben.listening("filled")
    await ben.tell(profile, "filled", {"detail": {"display_name": "Ben Okafor", "hue": "120"}})
    assert ben.notifications == ["Saved."]
    await ben.user.should_see("Ben Okafor")
    viewer = await ben.viewer()
    assert (viewer.display_name, viewer.hue) == ("Ben Okafor", 120)


async def test_a_name_that_will_not_do_gets_a_sentence(ben: Guest) -> None:
    await ben.open("/account")
    profile, *_others = ben.listening("filled")
    for filled in [
        {"display_name": "x" * 200, "hue": "1"},
        {"display_name": ["x"], "hue": "1"},
        {"display_name": "Ben", "hue": "9999"},
        {"display_name": "Ben", "hue": "9" * 5000},
        {"display_name": "Ben", "hue": {}},
        {},
    ]:
        before = set(ben.refusals)
        await ben.tell(profile, "filled", {"detail": filled})
        assert set(ben.refusals) - before, filled
        assert len(ben.refusals) == 1, filled
    assert ben.notifications == []
    assert (await ben.viewer()).display_name == "ben"


async def test_a_new_password_ends_the_other_sessions(ben: Guest) -> None:
    other = await ben.user.http_client.post(
        "/login", data={"username": "ben", "password": PASSWORD}, headers=ORIGIN
    )
    assert other.status_code == 303
    viewer = await ben.viewer()
    await ben.open("/account")
    await ben.user.should_see("this device")
    *_others, change, _passkey = ben.listening("filled")
    await ben.tell(change, "filled", {"detail": {"old": "wrong", "new": "another good password"}})
    assert list(ben.refusals.values()) == ["The current password is wrong."]
    await ben.tell(change, "filled", {"detail": {"old": PASSWORD, "new": "another good password"}})
    assert ben.notifications[-1].startswith("Password changed.")
    assert ben.refusals == {}
    assert [each.session_id for each in await sessions.mine(viewer)] == [viewer.session_id]


async def test_preferences_are_saved_and_every_page_follows(ben: Guest) -> None:
    await ben.open("/account")
    _profile, chosen, _password, _passkey = ben.listening("filled")
    (frame,) = ben.elements(data_frame=True)
    assert frame.props["data-sound"] == "on"
    odd = {"detail": {"quiet_from": "22:00"}}
    await ben.tell(chosen, "filled", odd)
    assert list(ben.refusals.values()) == ["Set both times for Do not disturb, or neither."]
    hours = {"quiet_from": "22:00", "quiet_until": "06:30", "shows_last_seen": "on"}
    await ben.tell(chosen, "filled", {"detail": hours})
    assert ben.notifications[-1] == "Saved."
    wanted = Preferences(shows_receipts=False, has_sound=False, quiet_from=1320, quiet_until=390)
    assert (await ben.viewer()).preferences == wanted
    assert frame.props["data-sound"] == "off"
    assert (frame.props["data-quiet-from"], frame.props["data-quiet-until"]) == ("1320", "390")


async def test_the_browser_tells_its_time_zone(ben: Guest) -> None:
    await ben.open("/")
    (frame,) = ben.elements(data_frame=True)
    assert frame.props["data-zone"] == ""
    await ben.detail("time_zone", {"zone": "Asia/Kolkata"})
    assert frame.props["data-zone"] == "Asia/Kolkata"
    assert (await ben.viewer()).preferences.time_zone == "Asia/Kolkata"


async def test_themes(ben: Guest) -> None:
    await ben.open("/")
    for theme in ("dark", "light", "auto"):
        await ben.detail("theme", {"ask": "theme", "theme": theme})
        assert (await ben.viewer()).theme == theme
        marked = f'aria-checked="true" data-ask="theme" data-theme="{theme}"'
        assert marked in user_menu(ben)


async def test_only_administrators_see_people_and_invites(asha: Guest, ben: Guest) -> None:
    await asha.open("/people")
    await asha.user.should_see("@ben")
    answer = await ben.user.http_client.get("/people")
    assert answer.status_code in {403, 404}
    assert "@asha" not in answer.text
    for guest, sees in ((asha, True), (ben, False)):
        await guest.open("/")
        assert ('href="/people"' in user_menu(guest)) is sees


async def test_an_administrator_makes_and_ends_invites(asha: Guest) -> None:
    await asha.open("/people")
    await asha.tell(asha.listening("filled")[0], "filled", {"detail": {"days": "7", "uses": "3"}})
    await asha.user.should_see("0 of 3 used")
    link = asha.elements(name="link")[0].props["^value"]
    assert link.startswith("http://localhost/register?invite=")
    await asha.press("Revoke")
    await asha.user.should_see("expired")


async def test_a_reset_link_is_shown_to_administrators(asha: Guest, ben: Guest) -> None:
    await asha.open("/people")
    await asha.press("Password reset link")
    await asha.user.should_see("Send this link to the account's owner.")
    assert asha.elements(name="link")[0].props["^value"].startswith("http://localhost/reset/")
