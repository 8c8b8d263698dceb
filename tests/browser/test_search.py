"""Searching: messages in a person's rooms are found, and links lead there and back."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import stored
from tests.browser.person import Person
from tests.server import Server


def search(person: Person, typed: str) -> None:
    """Type into the field and press Enter, once the page is connected."""
    expect(person.page.get_by_test_id("room-list").locator("a").first).to_be_visible()
    field = person.page.get_by_test_id("search")
    field.fill(typed)
    field.press("Enter")


@pytest.mark.long  # test_keyboard.py follows what was found, too
def test_search_jump_there_and_back(asha: Person, chen: Person, server: Server, room: int) -> None:
    texts = [f"line {number}" for number in range(200)]
    texts[20] = "the great harvest <b>begins</b>"
    texts[150] = "after the हार्वेस्ट harvest"
    stored.put_messages(server.data, room, texts, author="ben")
    asha.open(room)
    asha.mark()
    asha.page.get_by_test_id("to-search").click()
    expect(asha.page.get_by_test_id("search")).to_be_focused()
    search(asha, "harvest in:study")
    expect(asha.page.locator(".hit")).to_have_count(2)
    expect(asha.page.locator(".hit-text")).to_have_text(
        ["after the हार्वेस्ट harvest", "the great harvest <b>begins</b>"]
    )
    expect(asha.page.locator(".hit mark")).to_have_text(["harvest", "harvest"])
    expect(asha.page.locator(".hit").last).to_contain_text("line 19")
    asha.page.get_by_test_id("hit").last.click()
    expect(asha.page).to_have_url(f"{asha.address}/rooms/{room}/messages/21")
    expect(asha.message("the great harvest <b>begins</b>")).to_be_in_viewport()
    asha.page.go_back()
    expect(asha.page.locator(".hit")).to_have_count(2)
    assert "q=harvest" in asha.page.url
    assert asha.is_same_page()
    asha.page.reload()
    expect(asha.page.locator(".hit")).to_have_count(2)
    chen.page.goto(f"{chen.address}/search?q=harvest+great")
    expect(chen.page.get_by_test_id("no-hits")).to_be_visible()


def test_words_of_every_script_and_pasted_errors_are_found_and_marked(
    asha: Person, server: Server, room: int
) -> None:
    texts = ["明天的会议改到三点", "كِتَابٌ جديد", "error:404 on TODO:fix", "see form:@asha"]
    stored.put_messages(server.data, room, texts, author="ben")
    asha.page.goto(f"{asha.address}/search")
    for typed, marked in (
        ("会议", "会议"),
        ("كتاب", "كِتَابٌ"),
        ("error:404", "error:404"),
        ("form:@asha", "form:@asha"),
    ):
        search(asha, typed)
        expect(asha.page.locator(".hit mark")).to_have_text([marked])
    expect(asha.page.get_by_test_id("meant")).to_have_text("Did you mean: from:@asha")
    asha.page.get_by_test_id("meant").locator("a").click()
    expect(asha.page.get_by_test_id("search")).to_have_value("from:@asha")
    expect(asha.page.get_by_test_id("meant")).to_have_count(0)
    expect(asha.page.locator(".search .sentence")).to_have_count(0)


@pytest.mark.long  # a rare case
def test_enter_searches_before_the_page_is_connected(
    asha: Person, server: Server, room: int
) -> None:
    stored.put_messages(server.data, room, ["the threshing"], author="ben")
    with asha.page.context.new_page() as page:
        page.route_web_socket(re.compile("."), lambda _socket: None)  # which never answers
        page.goto(f"{asha.address}/search")
        field = page.get_by_test_id("search")
        field.fill("threshing")
        field.press("Enter")
        expect(page).to_have_url(f"{asha.address}/search?q=threshing")
        expect(page.locator(".hit-text")).to_have_text("the threshing")


@pytest.mark.long  # tests/services/search has odd input, too
def test_odd_input_gets_a_sentence(asha: Person) -> None:
    asha.page.goto(f"{asha.address}/search")
    for typed in ('"', "*", "x from:", "x from:@nobody-here"):
        search(asha, typed)
        expect(asha.page.locator(".search .sentence")).to_be_visible()
        expect(asha.page.get_by_test_id("search")).to_have_value(typed)
        asha.page.goto(f"{asha.address}/search")
    search(asha, "NEAR(")
    expect(asha.page.get_by_test_id("no-hits")).to_be_visible()
    asha.page.goto(f"{asha.address}/search?q={'x' * 2000}")
    expect(asha.page.locator(".search .sentence")).to_contain_text("too long")


def test_search_in_a_room_and_jump_to_a_date(asha: Person, server: Server, room: int) -> None:
    stored.put_messages(server.data, room, [f"line {n}" for n in range(120)], author="ben")
    asha.open(room)
    asha.page.get_by_test_id("search-room").click()
    field = asha.page.get_by_test_id("search")
    expect(field).to_be_focused()
    field.press_sequentially("line*")
    field.press("Enter")
    expect(asha.page.locator(".hit")).to_have_count(20)
    asha.page.get_by_test_id("more-hits").click()
    expect(asha.page.locator(".hit-text").first).to_have_text("line 99")
    asha.open(room)
    asha.choose_in_room("Jump to date")
    asha.page.get_by_test_id("day").fill("2020-01-01")
    asha.page.get_by_role("button", name="Jump", exact=True).click()
    expect(asha.page).to_have_url(f"{asha.address}/rooms/{room}/messages/1")
    expect(asha.message("line 0")).to_be_in_viewport()
