"""What is pressed twice, because a slow phone or server shows nothing yet, is done once."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Enter
from tests.browser.person import PASSWORD, Person

TWICE = "(form) => { form.requestSubmit(); form.requestSubmit(); }"


@pytest.fixture
def new_room(asha: Person) -> Locator:
    """The dialog for a new room, filled in."""
    asha.open(1)
    asha.page.get_by_role("button", name="Create room").first.click()
    dialog = asha.page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Made once")
    dialog.get_by_label("Private").check()
    return dialog.locator("form")


def test_a_room_is_made_once(asha: Person, new_room: Locator) -> None:
    new_room.evaluate(TWICE)
    expect(asha.page.locator(".room-title")).to_contain_text("Made once")
    asha.open("/rooms/mine", wait=False)
    expect(asha.page.locator(".main").get_by_text("Made once")).to_have_count(1)


@pytest.mark.long  # a further detail
def test_a_form_that_was_refused_can_be_sent_again(asha: Person) -> None:
    asha.open("/account", wait=False)
    form = asha.page.locator("form", has=asha.page.locator("[name=old]"))
    form.locator("[name=old]").fill("not the password")
    form.locator("[name=new]").fill("another correct horse")
    for _time in range(2):
        form.evaluate(TWICE)
        expect(form).not_to_have_attribute("aria-busy", "true")
        expect(form.locator(".refusal")).to_have_text("The current password is wrong.")


@pytest.mark.long  # a further detail
def test_an_invite_is_made_once_by_each_press(asha: Person) -> None:
    asha.open("/people", wait=False)
    revoke = asha.page.get_by_role("button", name="Revoke")
    form = asha.page.locator("form", has=asha.page.locator("[name=days]"))
    expect(form).to_be_visible()  # the page is drawn, with those of other tests
    before = revoke.count()
    for number in (1, 2):
        form.evaluate(TWICE)
        expect(asha.page.get_by_role("dialog")).to_be_visible()
        expect(form).not_to_have_attribute("aria-busy", "true")
        asha.page.keyboard.press("Escape")
        expect(asha.page.get_by_role("dialog")).to_have_count(0)
        asha.open("/people", wait=False)
        expect(revoke).to_have_count(before + number)


@pytest.mark.long  # a further form
def test_an_account_is_made_once(enter: Enter) -> None:
    nora = enter("nora-twice", new=True)
    nora.page.goto(f"{nora.address}/register")
    nora.page.fill("input[name=username]", nora.name)
    nora.page.fill("input[name=password]", PASSWORD)
    sent = []
    nora.page.on("request", lambda each: sent.append(each.url) if each.method == "POST" else None)
    nora.page.locator("form", has=nora.page.locator("[name=password]")).evaluate(TWICE)
    nora.wait()
    assert sent == [f"{nora.address}/register"]
