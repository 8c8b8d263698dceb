"""Two windows of one browser: what one does, the other shows, also who is logged in."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Enter
from tests.browser.person import PASSWORD, Person
from tests.server import Server


def test_what_one_says_in_one_window_is_read_in_the_other(
    enter: Enter, asha: Person, ben: Person, room: int
) -> None:
    asha.open(room)
    beside = enter("asha").open(room)
    ben.open(room)
    ben.say("look")
    asha.say("seen")
    beside.sees("look", "seen")
    expect(beside.room_entry(room)).not_to_have_attribute("data-unread", "1")
    expect(beside.timeline.locator(".rule.unread")).to_have_count(0)


@pytest.mark.long  # a further detail
def test_nobody_sees_themselves_type(enter: Enter, asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    beside = enter("asha").open(room)
    ben.open(room)
    asha.composer.press_sequentially("I think")
    expect(ben.page.get_by_test_id("typists")).to_contain_text("asha")
    expect(beside.page.get_by_test_id("typists")).to_be_empty()


@pytest.mark.long  # a further detail
def test_a_window_of_another_person_does_not_wait_for_ever(enter: Enter, server: Server) -> None:
    nora = enter("nora-window", new=True).sign_up().open(1)
    tab = nora.context.new_page()
    nora.context.clear_cookies()
    tab.goto(f"{server.address}/login")
    tab.fill("input[name=username]", "ben")
    tab.fill("input[name=password]", PASSWORD)
    tab.click("button[type=submit]")
    tab.wait_for_selector("[data-testid=user-menu]")
    nora.complaints.expect("WebSocket connection to", "ERR_INTERNET_DISCONNECTED", "410")
    nora.context.set_offline(True)
    expect(nora.connection).to_be_visible()
    nora.context.set_offline(False)
    expect(nora.page.get_by_test_id("user-menu")).to_contain_text("ben")
    nora.wait()
    tab.close()
