"""Reactions: put by one, seen by the other at once and after a reload."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Enter
from tests.browser.person import Person


def chips(person: Person, text: str) -> Locator:
    return person.message(text).locator(".reaction[data-emoji]")


def react(person: Person, text: str, sign: str) -> None:
    person.message(text).hover()
    person.message(text).locator(f".bar [data-emoji='{sign}']").click()


def test_a_reaction_is_seen_by_the_other_and_after_a_reload(
    asha: Person, ben: Person, room: int
) -> None:
    asha.open(room).say("Tea?")
    ben.open(room)
    react(ben, "Tea?", "👍")
    expect(chips(asha, "Tea?")).to_have_text("👍1")
    expect(chips(asha, "Tea?")).to_have_attribute("aria-pressed", "false")
    expect(chips(ben, "Tea?")).to_have_attribute("aria-pressed", "true")
    chips(asha, "Tea?").click()
    expect(chips(ben, "Tea?")).to_have_text("👍2")
    for person in (asha, ben):
        person.reload()
        expect(chips(person, "Tea?")).to_have_text("👍2")
        expect(chips(person, "Tea?")).to_have_attribute("aria-pressed", "true")
    chips(ben, "Tea?").click()
    expect(chips(asha, "Tea?")).to_have_text("👍1")
    chips(asha, "Tea?").click()
    expect(chips(ben, "Tea?")).to_have_count(0)


@pytest.mark.long  # test_emoji_picker.py uses the picker, too
def test_any_emoji_from_the_picker_and_who_it_was(asha: Person, ben: Person, room: int) -> None:
    asha.open(room).say("Tea?")
    ben.open(room)
    ben.message("Tea?").hover()
    ben.message("Tea?").locator(".bar [data-action=react-more]").click()
    picker = ben.page.get_by_test_id("emoji-picker")
    picker.get_by_role("searchbox").fill("teapot")
    picker.get_by_role("searchbox").press("Enter")
    expect(chips(asha, "Tea?")).to_have_text("🫖1")
    asha.message("Tea?").hover()
    asha.message("Tea?").locator("[popovertarget=message-choices]").click()
    asha.page.get_by_role("menuitem", name="View reactions").click()
    expect(asha.page.get_by_role("dialog").locator(".reactors")).to_contain_text("ben")
    asha.page.keyboard.press("Escape")
    chips(asha, "Tea?").click(button="right")
    expect(asha.page.get_by_role("dialog").locator(".reactors")).to_contain_text("ben")


@pytest.mark.long  # test_reconnecting.py is about what was missed
def test_what_changed_while_the_line_was_down_is_there_afterwards(
    asha: Person, ben: Person, room: int
) -> None:
    asha.open(room).say("Tea?")
    ben.open(room)
    asha.go_to(1)
    react(ben, "Tea?", "🎉")
    expect(chips(ben, "Tea?")).to_have_text("🎉1")
    asha.go_to(room)
    expect(chips(asha, "Tea?")).to_have_text("🎉1")


@pytest.mark.long  # a further menu at a phone
def test_a_finger_reacts_too(enter: Enter, ben: Person, room: int) -> None:
    phone = enter("asha", phone=True).open(room)
    ben.open(room).say("Tea?")
    phone.sees("Tea?")
    phone.hold("Tea?")
    quick = phone.message("Tea?").locator(".choices .quick")
    expect(quick).to_be_in_viewport(ratio=1)
    quick.locator("[data-emoji='❤️']").tap()
    expect(quick).not_to_be_visible()
    expect(chips(ben, "Tea?")).to_have_text("❤️1")
    chips(phone, "Tea?").tap()
    expect(chips(ben, "Tea?")).to_have_count(0)
    assert phone.timeline.evaluate("timeline => timeline.scrollWidth") == 390


@pytest.mark.long  # a detail of the menu
def test_the_menu_of_a_short_message_makes_nothing_wider(
    asha: Person, ben: Person, room: int
) -> None:
    asha.open(room).say("k")
    ben.open(room)
    for person in (asha, ben):
        person.message("k").hover()
        expect(person.message("k").locator(".bar .quick button").last).to_be_in_viewport(ratio=1)
        assert person.timeline.evaluate("it => it.scrollWidth <= it.clientWidth")
