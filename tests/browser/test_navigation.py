"""Going from room to room: the page is not reloaded, and drafts stay in their rooms."""

import pytest
from playwright.sync_api import expect

from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.server import Server


@pytest.fixture
def other_room(server: Server, room: int) -> int:
    """A second room of asha's, with ben in it."""
    return stored.make_room(server.data, "Reading circle", ["asha", "ben"])


@pytest.mark.long  # test_begun.py loads a page anew, too
def test_a_draft_survives_loading_anew(asha: Person, room: int) -> None:
    asha.open(room)
    asha.composer.press_sequentially("half a thou")
    asha.reload()
    expect(asha.composer).to_have_value("half a thou")


def test_each_room_has_a_draft_of_its_own(asha: Person, room: int, other_room: int) -> None:
    asha.open(room)
    asha.composer.fill("for the one")
    asha.go_to(other_room)
    expect(asha.composer).to_have_value("")
    asha.composer.fill("for the other")
    asha.go_to(room)
    expect(asha.composer).to_have_value("for the one")
    asha.go_to(other_room)
    expect(asha.composer).to_have_value("for the other")


@pytest.mark.long  # a further draft or room that is remembered
def test_a_sent_draft_is_gone(asha: Person, room: int) -> None:
    asha.open(room).say("all of it")
    asha.reload()
    expect(asha.composer).to_have_value("")


def test_switching_rooms_keeps_the_page_and_changes_its_address(
    asha: Person, room: int, other_room: int
) -> None:
    asha.open(room).say("here")
    asha.mark()
    asha.go_to(other_room)
    expect(asha.page).to_have_url(f"{asha.address}/rooms/{other_room}")
    expect(asha.page).to_have_title("Reading circle · Simple Chat")
    expect(asha.room_entry(other_room)).to_have_attribute("aria-current", "page")
    assert asha.shown() == []
    asha.say("there")
    asha.page.go_back()
    expect(asha.page).to_have_url(f"{asha.address}/rooms/{room}")
    asha.sees("here")
    expect(asha.message("there")).to_have_count(0)
    asha.page.go_forward()
    asha.sees("there")
    assert asha.is_same_page()


@pytest.mark.long  # a rare case
def test_switching_quickly_shows_the_last_one_chosen(
    asha: Person, server: Server, room: int, other_room: int
) -> None:
    stored.put_messages(server.data, room, ["in the one"], author="ben")
    stored.put_messages(server.data, other_room, ["in the other"], author="ben")
    asha.open(room)
    for _turn in range(5):
        for number in (other_room, room):
            asha.room_entry(number).dispatch_event("click")
    asha.room_entry(other_room).dispatch_event("click")
    expect(asha.page).to_have_url(f"{asha.address}/rooms/{other_room}")
    asha.sees("in the other")
    asha.say("can't be forwarded")
    assert asha.texts() == ["in the other", "can't be forwarded"]
    assert stored.texts(server.data, other_room) == ["in the other", "can't be forwarded"]


@pytest.mark.long  # a further draft or room that is remembered
def test_the_last_room_opens_first(asha: Person, room: int, other_room: int) -> None:
    for number in (room, other_room):
        asha.open(number)
        asha.open("/account", wait=False)
        asha.page.get_by_role("heading", name="My account").wait_for()
        asha.open("/")
        assert asha.room_id() == number


def test_pages_that_are_no_rooms_open_within_the_page(asha: Person, room: int) -> None:
    asha.open(room)
    asha.mark()
    asha.composer.fill("draft")
    asha.page.get_by_test_id("user-menu").click()
    asha.page.locator(".menu a[href='/account']").click()
    expect(asha.page.get_by_role("heading", name="My account")).to_be_visible()
    expect(asha.page.get_by_role("menu")).to_be_hidden()
    asha.page.go_back()
    expect(asha.composer).to_have_value("draft")
    assert asha.is_same_page()


@pytest.mark.long  # test_begun.py has two tabs, too
def test_two_tabs_of_one_person_show_the_same(asha: Person, enter: Enter, room: int) -> None:
    second = enter("asha").open(room)
    asha.open(room).say("from the first tab")
    second.sees("from the first tab")
    second.say("from the second")
    asha.sees("from the second")
    assert asha.shown() == second.shown()
    assert {each.state for each in asha.shown()} == {"sent"}
