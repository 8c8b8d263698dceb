"""Without a mouse: what the README calls the first minute, by keys alone."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Enter
from tests.browser.person import PASSWORD, Person

MAX_STEPS = 120
"""How often one presses Tab until one gives up."""


def press(person: Person, *keys: str) -> None:
    for key in keys:
        person.page.keyboard.press(key)


def type_(person: Person, text: str) -> None:
    person.page.keyboard.type(text)


def tab_to(person: Person, selector: str) -> None:
    """Press Tab until what fits has the focus, and see that the focus is shown."""
    there = "(selector) => document.activeElement.matches(selector)"
    for _time in range(MAX_STEPS):
        press(person, "Tab")
        if person.page.evaluate(there, selector):
            assert person.page.evaluate("document.activeElement.checkVisibility()")
            return
    raise AssertionError(f"{selector} is not reached by Tab")


def last(person: Person) -> Locator:
    """Return the person's last message that is stored."""
    return person.mine.last


def test_the_first_minute_by_keys(asha: Person, enter: Enter) -> None:
    asha.open()  # somebody to talk with
    iris = enter("iris", new=True)
    iris.page.goto(f"{iris.address}/login")
    tab_to(iris, "a[href='/register']")
    press(iris, "Enter")
    iris.page.wait_for_url("**/register")
    expect(iris.page.locator("input[name=username]")).to_be_focused()
    type_(iris, "iris")
    tab_to(iris, "input[name=password]")
    type_(iris, PASSWORD)
    press(iris, "Enter")
    iris.wait()

    expect(iris.composer).to_be_focused()
    type_(iris, "Helo")
    press(iris, "Enter")
    expect(last(iris).locator(".message-body")).to_have_text("Helo")

    press(iris, "ArrowUp")  # edit
    expect(iris.composer).to_have_value("Helo")
    press(iris, "End", "Backspace", "Backspace")
    type_(iris, "llo!")
    press(iris, "Enter")
    expect(last(iris).locator(".message-body")).to_have_text("Hello!")

    press(iris, "Alt+ArrowUp")  # react
    expect(last(iris)).to_be_focused()
    tab_to(iris, ".message-menu [data-emoji='👍']")
    press(iris, "Enter")
    expect(last(iris).locator(".reaction[data-emoji='👍']")).to_have_attribute(
        "aria-pressed", "true"
    )

    press(iris, "Alt+ArrowUp", "Alt+ArrowDown", "r")  # reply: the focus has stayed there
    expect(iris.composer).to_be_focused()
    type_(iris, "An answer to myself")
    press(iris, "Enter")
    expect(last(iris).locator(".quote")).to_contain_text("Hello!")

    press(iris, "Alt+ArrowUp", "Enter")  # delete
    menu = iris.page.get_by_role("menu")
    expect(menu.locator(":focus")).to_have_count(1)
    press(iris, "End")
    expect(menu.locator("[data-does=delete]")).to_be_focused()
    press(iris, "Enter")
    expect(iris.page.locator(".dialog button[type=submit]")).to_be_focused()
    press(iris, "Enter")
    expect(iris.page.locator(".dialog")).to_have_count(0)
    expect(iris.page.locator(".message.deleted")).to_have_count(1)

    tab_to(iris, "[data-ask=new_room]")  # make a room
    press(iris, "Enter")
    expect(iris.page.locator(".dialog input[name=name]")).to_be_focused()
    type_(iris, "By keys")
    tab_to(iris, ".dialog input[name=private]")
    press(iris, "Space", "Enter")
    expect(iris.page.locator(".room-header h1")).to_have_text("By keys")

    tab_to(iris, "[data-testid=members]")  # add somebody
    press(iris, "Enter")
    expect(iris.page.locator(".panel input[name=username]")).to_be_focused()
    type_(iris, "asha")
    press(iris, "Enter")
    expect(iris.page.locator(".said")).to_be_visible()
    expect(iris.page.locator(".panel input[name=username]")).to_have_value("")
    expect(iris.page.locator(".panel input[name=username]")).to_be_focused()
    press(iris, "Escape")
    expect(iris.page.locator(".panel")).to_have_count(0)

    press(iris, "Control+k")  # a direct message
    type_(iris, "asha")
    expect(iris.page.locator(".switcher-found[aria-selected=true]")).to_contain_text("@asha")
    press(iris, "Enter")
    expect(iris.page.locator(".room-header")).to_contain_text("asha")
    expect(iris.composer).to_be_focused()
    type_(iris, "Are you there?")
    press(iris, "Enter")
    expect(last(iris).locator(".message-body")).to_have_text("Are you there?")

    press(iris, "Control+Shift+f")  # search
    expect(iris.page.locator("input[name=q]")).to_be_focused()
    type_(iris, "Hello")
    press(iris, "Enter")
    expect(iris.page.get_by_test_id("hit")).to_have_count(1)
    tab_to(iris, "[data-testid=hit]")
    press(iris, "Enter")
    expect(iris.message("Hello!")).to_be_visible()

    tab_to(iris, "[data-testid=room-list] a:not([aria-current])")  # switch rooms
    press(iris, "Enter")
    expect(iris.page.locator(".room-header h1")).to_have_text("By keys")

    tab_to(iris, "[data-testid=user-menu]")  # the theme
    press(iris, "Enter")
    expect(iris.page.get_by_role("menu").locator(":focus")).to_have_count(1)
    press(iris, "ArrowDown", "ArrowDown")
    expect(iris.page.locator("#user-menu [data-theme=dark]")).to_be_focused()
    press(iris, "Enter")
    iris.until("document.body.matches('.body--dark')")

    tab_to(iris, "[data-testid=user-menu]")  # log out
    press(iris, "Enter")
    expect(iris.page.get_by_role("menu").locator(":focus")).to_have_count(1)
    press(iris, "End", "Enter")
    expect(iris.page).to_have_url(re.compile("/login"))
