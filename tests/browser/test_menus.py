"""Menus: wherever they open, all of them can be reached, and they stay until they are closed."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.server import Server


def open_menu(person: Person, text: str) -> Locator:
    """Open the menu of the message that says exactly this."""
    message = person.message(text)
    message.hover()
    message.get_by_role("button", name="More").click()
    menu = person.page.get_by_role("menu")
    expect(menu.locator(":focus")).to_have_count(1)  # as soon as it is placed
    return menu


def place(menu: Locator) -> tuple[float, float]:
    """Return where the upper left corner of a menu is."""
    box = menu.bounding_box()
    assert box
    return box["x"], box["y"]


@pytest.mark.parametrize(
    ("width", "height"),
    [
        pytest.param(1366, 650, marks=pytest.mark.long),
        pytest.param(1280, 600, marks=pytest.mark.long),
        (1280, 300),
        pytest.param(683, 325, marks=pytest.mark.long),
    ],
)
def test_every_entry_of_a_message_menu_can_be_reached(
    asha: Person, room: int, server: Server, width: int, height: int
) -> None:
    """The last is a small laptop at 200 %."""
    stored.put_messages(server.data, room, [f"line {n}" for n in range(40)], author="ben")
    stored.mark_read(server.data, room, "asha", 40)
    asha.resize(width, height).open(room)
    shown = asha.timeline.evaluate(
        """(timeline) => [...timeline.querySelectorAll('.message')].filter((each) => {
          const { top, bottom } = each.getBoundingClientRect();
          return top > timeline.getBoundingClientRect().top + 30 && bottom < innerHeight;
        }).map((each) => each.querySelector('.message-body').textContent)"""
    )
    for text in (shown[0], shown[len(shown) // 2], shown[-1]):
        menu = open_menu(asha, text)
        expect(menu).to_be_in_viewport(ratio=1)
        for entry in (menu.get_by_role("menuitem", name=name) for name in ("Reply", "Delete")):
            entry.scroll_into_view_if_needed()
            expect(entry).to_be_in_viewport(ratio=1)
            entry.click(trial=True)  # nothing lies over it
        asha.page.keyboard.press("Escape")
        expect(menu).to_be_hidden()
        asha.page.mouse.move(0, 0)


@pytest.mark.long  # test_undisturbed.py keeps one open, too
def test_an_open_menu_stays_where_it_is(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    ben.open(room)
    asha.say(*(f"line {n}" for n in range(12)))
    menu = open_menu(asha, "line 5")
    before = place(menu)
    ben.say("one", "two", "three")
    asha.sees("three")
    assert place(menu) == before
    ben.message("line 5").hover()
    ben.message("line 5").locator(".bar [data-emoji='🎉']").click()
    expect(asha.message("line 5").locator(".reaction .many")).to_have_text("1")
    assert place(menu) == before, "it went when somebody reacted"
    menu.get_by_role("menuitem", name="Edit").click()
    expect(asha.composer).to_have_value("line 5")
    expect(menu).to_be_hidden()


@pytest.mark.long  # test_keyboard.py uses one by keys, too
def test_a_message_menu_is_used_by_keys(asha: Person, room: int) -> None:
    asha.open(room)
    asha.say("by keys")
    asha.page.keyboard.press("Alt+ArrowUp")
    asha.page.keyboard.press("Enter")
    menu = asha.page.get_by_role("menu")
    expect(menu.get_by_role("menuitem", name="Reply")).to_be_focused()
    asha.page.keyboard.press("ArrowUp")
    expect(menu.get_by_role("menuitem", name="Delete")).to_be_focused()
    asha.page.keyboard.press("ArrowDown")
    asha.page.keyboard.press("ArrowDown")
    expect(menu.get_by_role("menuitem", name="Forward")).to_be_focused()
    asha.page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(asha.message("by keys")).to_be_focused()


@pytest.mark.long  # a further way to use it
@pytest.mark.parametrize(("key", "entry"), [("ArrowUp", "Delete"), ("ArrowDown", "Reply")])
def test_a_menu_that_has_the_focus_itself_is_used_by_keys(
    asha: Person, room: int, key: str, entry: str
) -> None:
    asha.open(room)
    asha.say("by keys")
    menu = open_menu(asha, "by keys")
    expect(menu.get_by_role("menuitem", name="Reply")).to_be_focused()
    menu.evaluate("(menu) => menu.focus()")
    expect(menu).to_be_focused()
    asha.page.keyboard.press(key)
    expect(menu.get_by_role("menuitem", name=entry)).to_be_focused()


def test_a_finger_that_rests_opens_the_menu(enter: Enter, room: int) -> None:
    """It stays when the finger is lifted, although that is a touch beside it."""
    phone = enter("asha", phone=True).open(room)
    phone.say("On a phone")
    phone.hold("On a phone")
    menu = phone.page.get_by_role("menu")
    expect(menu).to_be_in_viewport(ratio=1)
    phone.page.touchscreen.tap(195, 20)
    expect(menu).to_be_hidden()


def test_the_user_menu_closes_and_shows_the_theme(asha: Person, room: int) -> None:
    asha.open(room)
    button, menu = asha.page.get_by_test_id("user-menu"), asha.page.get_by_role("menu")
    button.click()
    expect(menu.get_by_role("menuitemradio").first).to_be_focused()
    expect(menu.get_by_role("menuitemradio", name="System")).to_be_checked()
    asha.page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(button).to_be_focused()
    button.click()
    expect(menu).to_be_visible()
    asha.page.mouse.click(700, 300)
    expect(menu).to_be_hidden()
    button.click()
    menu.get_by_role("menuitemradio", name="Dark").click()
    expect(asha.page.locator("body")).to_have_class(re.compile("body--dark"))
    button.click()
    expect(menu.get_by_role("menuitemradio", name="Dark")).to_be_checked()
    expect(menu.get_by_role("menuitemradio", name="System")).not_to_be_checked()
    menu.get_by_role("menuitemradio", name="System").click()
    expect(asha.page.locator("body")).not_to_have_class(re.compile("body--dark"))


@pytest.mark.long  # a further way to close it
def test_the_user_menu_closes_when_a_dialog_opens(asha: Person, room: int) -> None:
    asha.open(room)
    asha.page.get_by_test_id("user-menu").click()
    menu = asha.page.get_by_role("menu")
    expect(menu).to_be_visible()
    asha.page.keyboard.press("?")
    expect(asha.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    expect(menu).to_be_hidden()
    asha.page.keyboard.press("Escape")
    expect(asha.page.get_by_role("dialog", name="Keyboard shortcuts")).to_have_count(0)
