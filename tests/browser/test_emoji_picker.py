"""Emoji while one types: by their codes, and from the picker."""

import pytest
from playwright.sync_api import Locator, Request, expect

from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.browser.test_autocomplete import options


@pytest.fixture
def writer(asha: Person, room: int) -> Person:
    """asha, with a room open."""
    return asha.open(room)


def picker(person: Person) -> Locator:
    return person.page.get_by_test_id("emoji-picker")


def open_picker(person: Person) -> Locator:
    person.page.locator(".composer [data-action=emoji]").click()
    expect(picker(person).locator(".picker-grid button").filter(visible=True).first).to_be_visible()
    return picker(person)


def test_a_code_completes_and_nothing_is_fetched_before(writer: Person) -> None:
    fetched: list[str] = []

    def note(request: Request) -> None:
        if "emoji" in request.url or "picker" in request.url:
            fetched.append(request.url.rpartition("/")[2])

    writer.page.on("request", note)
    writer.composer.press_sequentially("Well done :t")
    assert fetched == []
    writer.composer.press_sequentially("ad")
    expect(options(writer).first).to_contain_text(":tada:")
    assert fetched == ["emoji-en.html"]
    assert options(writer).count() <= 8
    writer.composer.press("Enter")
    expect(writer.composer).to_have_value("Well done 🎉 ")
    writer.composer.press("Enter")
    writer.sees("Well done 🎉")
    writer.composer.press_sequentially(":nosuchthing")
    expect(options(writer)).to_have_count(0)
    assert fetched == ["emoji-en.html"]
    writer.page.remove_listener("request", note)


def test_the_picker_finds_and_inserts_where_one_was(writer: Person) -> None:
    writer.composer.fill("ab")
    writer.composer.press("ArrowLeft")
    found = open_picker(writer)
    search = found.get_by_role("searchbox")
    expect(search).to_be_focused()
    search.fill("birthday")
    expect(found.get_by_role("button", name="birthday", exact=True)).to_be_visible()
    search.fill("zzzz no such")
    expect(found.locator(".picker-nothing")).to_be_visible()
    search.fill("pizza")
    search.press("Enter")
    expect(picker(writer)).to_be_hidden()
    expect(writer.composer).to_be_focused()
    expect(writer.composer).to_have_value("a🍕b")


@pytest.mark.long  # a further way through the picker
def test_keys_lead_through_the_picker(writer: Person) -> None:
    found = open_picker(writer)
    search = found.get_by_role("searchbox")
    search.press("ArrowDown")
    first = found.locator(".picker-grid button").filter(visible=True).first
    expect(first).to_be_focused()
    first.press("ArrowRight")
    second = found.locator(".picker-grid button").filter(visible=True).nth(1)
    expect(second).to_be_focused()
    second.press("ArrowUp")
    expect(search).to_be_focused()
    search.press("ArrowDown")
    first.press("ArrowDown")
    chosen = found.locator(":focus")
    sign = chosen.inner_text()
    assert sign != first.inner_text()
    chosen.press("Enter")
    expect(writer.composer).to_have_value(sign)
    open_picker(writer).get_by_role("searchbox").press("Escape")
    expect(picker(writer)).to_be_hidden()
    expect(writer.page.locator(".composer [data-action=emoji]")).to_be_focused()


@pytest.mark.long  # a further way through the picker
def test_what_one_used_comes_first_and_a_group_is_one_click_away(writer: Person) -> None:
    found = open_picker(writer)
    found.get_by_role("button", name="Flags", exact=True).click()
    expect(found.get_by_role("button", name="flag for india", exact=True)).to_be_visible()
    found.get_by_role("button", name="flag for india", exact=True).click()
    expect(writer.composer).to_have_value("🇮🇳")
    found = open_picker(writer)
    expect(found.locator("section").first.get_by_role("heading")).to_have_text("Recently used")
    expect(found.locator(".picker-grid button").first).to_have_text("🇮🇳")
    writer.page.mouse.click(700, 20)
    expect(picker(writer)).to_be_hidden()


@pytest.mark.long  # a further way through the picker
def test_the_colour_of_skin_stays(writer: Person) -> None:
    found = open_picker(writer)
    for _press in range(4):
        found.get_by_role("button", name="Skin tone").click()
    found.get_by_role("button", name="wave", exact=True).click()
    expect(writer.composer).to_have_value("👋🏾")
    writer.composer.fill(":wave")
    expect(options(writer).first).to_contain_text("👋🏾")


@pytest.mark.long  # a context of its own for one more language
def test_it_fits_a_phone_and_speaks_hindi(enter: Enter, room: int) -> None:
    phone = enter("asha", phone=True, locale="hi").open(room)
    phone.page.locator(".composer [data-action=emoji]").tap()
    found = picker(phone)
    expect(found).to_be_in_viewport(ratio=1)
    search = found.get_by_placeholder("इमोजी खोजें")
    expect(search).not_to_be_focused()
    search.fill("धन्यवाद")
    found.locator("[data-part=found] button").filter(has_text="🙏").tap()
    expect(phone.composer).to_have_value("🙏")
    assert phone.page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.long  # a detail of the look
def test_a_message_of_emoji_alone_is_large(writer: Person) -> None:
    writer.say("🎉 🎉", "🎉 hooray", "🎉" * 7)
    sizes = writer.timeline.locator(".message-body").evaluate_all(
        "bodies => bodies.map((body) => parseFloat(getComputedStyle(body).fontSize))"
    )
    assert sizes[0] > 30 > 20 > sizes[1] == sizes[2]
