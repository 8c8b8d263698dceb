"""People on the screen: who they are, what time it is there, and what they have chosen."""

from playwright.sync_api import expect

from tests.browser.conftest import Enter


def test_the_browser_says_once_which_time_zone_it_is_in(enter: Enter, state) -> None:
    asha = enter("asha", storage_state=state, timezone_id="Asia/Tokyo").open()
    frame = asha.page.locator("[data-frame]")
    expect(frame).to_have_attribute("data-zone", "Asia/Tokyo")
    asha.reload()
    expect(frame).to_have_attribute("data-zone", "Asia/Tokyo")


def test_what_one_chooses_stands_there_again(enter: Enter) -> None:
    asha = enter("quinn", new=True).register().open("/account", wait=False)
    asha.page.fill("[name=quiet_from]", "22:15")
    asha.page.fill("[name=quiet_until]", "06:45")
    asha.page.uncheck("[name=has_sound]")
    form = asha.page.locator("form", has=asha.page.locator("[name=has_sound]"))
    form.get_by_role("button", name="Save").click()
    expect(asha.page.locator(".said.good")).to_be_visible()
    expect(asha.page.locator("[data-frame]")).to_have_attribute("data-sound", "off")
    asha.page.reload()
    expect(asha.page.locator("[name=quiet_from]")).to_have_value("22:15")
    expect(asha.page.locator("[name=quiet_until]")).to_have_value("06:45")
    expect(asha.page.locator("[name=has_sound]")).not_to_be_checked()
    expect(asha.page.locator("[name=shows_receipts]")).to_be_checked()
