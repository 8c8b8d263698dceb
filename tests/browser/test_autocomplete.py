"""The list of what could be meant while one types."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.person import Person

# The joined file is loaded once: importing it by its address gives what the page itself uses.
FRUIT = """async () => {
  const { $modules } = await import(document.querySelector("script[data-anonymous]").src);
  const { complete } = $modules["components/forms/autocomplete.js"];
  const fruit = ["apple", "apricot", "avocado"];
  complete("~", { least: 1, source: async (word) => fruit
    .filter((name) => name.startsWith(word))
    .map((name) => ({ insert: `~${name}`, sign: "●", name, more: "fruit" })) });
}"""


@pytest.fixture
def writer(asha: Person, room: int) -> Person:
    """asha, with a room open in which `~` completes fruit."""
    asha.open(room)
    asha.page.evaluate(FRUIT)
    return asha


def options(person: Person) -> Locator:
    return person.page.get_by_test_id("completion").get_by_role("option")


def test_the_keys_choose_and_nothing_is_sent(writer: Person) -> None:
    box = writer.composer
    box.press_sequentially("an ~a")
    expect(options(writer)).to_have_count(3)
    expect(options(writer).first).to_have_attribute("aria-selected", "true")
    box.press("ArrowDown")
    expect(options(writer).nth(1)).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", "completion-1")
    box.press("Enter")
    expect(box).to_have_value("an ~apricot ")
    expect(options(writer)).to_have_count(0)
    box.press_sequentially("or ~av")
    expect(options(writer)).to_have_count(1)
    box.press("Tab")
    expect(box).to_have_value("an ~apricot or ~avocado ")
    expect(box).to_be_focused()
    assert writer.shown() == []
    box.press("Control+z")
    expect(box).not_to_have_value("an ~apricot or ~avocado ")


@pytest.mark.long  # a further key
def test_upwards_from_the_first_is_the_last(writer: Person) -> None:
    writer.composer.press_sequentially("~a")
    expect(options(writer)).to_have_count(3)
    writer.composer.press("ArrowUp")
    expect(options(writer).last).to_have_attribute("aria-selected", "true")


def test_a_finger_or_mouse_chooses_too(writer: Person) -> None:
    writer.composer.press_sequentially("~a")
    options(writer).nth(2).click()
    expect(writer.composer).to_have_value("~avocado ")
    expect(writer.composer).to_be_focused()


def test_escape_closes_it_for_this_word_and_enter_sends_again(writer: Person) -> None:
    box = writer.composer
    box.press_sequentially("~a")
    expect(options(writer)).to_have_count(3)
    box.press("Escape")
    expect(options(writer)).to_have_count(0)
    box.press_sequentially("p")
    expect(options(writer)).to_have_count(0)
    box.press("Enter")
    writer.until_stored("~ap")
    box.press_sequentially("~a")
    expect(options(writer)).to_have_count(3)


@pytest.mark.long  # a further detail
def test_it_keeps_away_where_nothing_is_meant(writer: Person) -> None:
    for text in ("pear~a", "`code ~a", "~", "~zebra"):
        writer.composer.press_sequentially("~a")
        expect(options(writer)).to_have_count(3)
        writer.composer.fill("")
        expect(options(writer)).to_have_count(0)
        writer.composer.press_sequentially(text)
        writer.page.evaluate("new Promise(requestAnimationFrame)")  # its source answers at once
        expect(options(writer)).to_have_count(0)
        writer.composer.fill("")


@pytest.mark.long  # a further key
def test_it_goes_with_the_focus(writer: Person) -> None:
    writer.composer.press_sequentially("~a")
    expect(options(writer)).to_have_count(3)
    writer.page.get_by_test_id("send").focus()
    expect(options(writer)).to_have_count(0)
