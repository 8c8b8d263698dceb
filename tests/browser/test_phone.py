"""On a phone: one column, the rooms behind a button, in the colours of the device."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from models import RoomKind
from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.server import Server


# What fits in light fits in dark, too: only a test of colours asks for both.
@pytest.fixture(params=["light"])
def phone(request: pytest.FixtureRequest, enter: Enter, room: int) -> Iterator[Person]:
    """asha at a phone, with a room open."""
    phone = enter("asha", phone=True)
    phone.page.emulate_media(color_scheme=request.param)
    yield phone.open(room)
    phone.page.emulate_media(color_scheme="null")


def test_a_room_fits_a_phone(phone: Person) -> None:
    phone.say("A sentence long enough that a narrow screen has to break it into lines.")
    phone.say("`unbroken" + "_" * 200 + "`", "| a | b |\n|---|---|\n" + f"| {'wide' * 60} | 1 |")
    expect(phone.composer).to_be_in_viewport(ratio=1)
    expect(phone.page.locator(".composer [data-action=record]")).to_be_in_viewport(ratio=1)
    phone.composer.fill("more")
    expect(phone.page.get_by_test_id("send")).to_be_in_viewport(ratio=1)
    phone.composer.fill("")
    expect(phone.page.get_by_test_id("room-list")).not_to_be_in_viewport()
    assert phone.page.evaluate("document.documentElement.scrollWidth") == 390
    assert phone.timeline.evaluate("timeline => timeline.scrollWidth") == 390


def test_the_rooms_are_behind_a_button(phone: Person) -> None:
    rooms = phone.page.get_by_test_id("room-list")
    menu = phone.page.locator(".room-header [data-action=rooms]")
    menu.tap()
    expect(rooms).to_be_in_viewport()
    phone.page.go_back()
    expect(rooms).not_to_be_in_viewport()
    menu.tap()
    rooms.get_by_text("Lobby").tap()
    expect(phone.page.locator(".room-title .name")).to_have_text("Lobby")
    expect(rooms).not_to_be_in_viewport()
    phone.wait()


def test_what_a_room_offers_is_behind_a_button(phone: Person) -> None:
    title = phone.page.locator(".room-title")
    assert title.bounding_box()["width"] > 200, "its name has no room"
    tool = phone.page.get_by_role("menuitem", name="Pinned messages")
    expect(tool).not_to_be_visible()
    phone.page.locator(".room-header").get_by_role("button", name="More").tap()
    expect(tool).to_be_in_viewport(ratio=1)
    tool.tap()
    expect(phone.page.get_by_role("complementary", name="Pinned messages")).to_be_visible()
    expect(tool).not_to_be_visible()


@pytest.mark.long  # loads three further pages
def test_the_other_pages_fit_too(phone: Person) -> None:
    for path, title in [
        ("/rooms", "Find rooms"),
        ("/account", "My account"),
        ("/people", "Users and invites"),
    ]:
        phone.open(path, wait=False)
        expect(phone.page.get_by_role("heading", name=title, level=1)).to_be_visible()
        assert phone.page.evaluate("document.documentElement.scrollWidth") == 390
        phone.page.locator(".page-title [data-action=rooms]").tap()
        expect(phone.page.get_by_test_id("room-list")).to_be_in_viewport()


@pytest.mark.parametrize("phone", ["light", "dark"], indirect=True)
def test_colours_follow_the_device(phone: Person) -> None:
    dark = phone.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    ground, ink = (
        _brightness(phone.style(".main", name)) for name in ("background-color", "color")
    )
    assert (ground < 64 and ink > 192) if dark else (ground > 192 and ink < 64)


def _brightness(colour: str) -> float:
    """Return the mean of the three numbers of `rgb(…)`."""
    numbers = colour.partition("(")[2].rstrip(")").split(",")[:3]
    return sum(map(float, numbers)) / 3


def test_the_keyboard_stays_after_a_message(phone: Person) -> None:
    """It is shown while the field has the focus."""
    phone.composer.tap()
    phone.composer.press_sequentially("first line")
    phone.composer.press("Enter")
    phone.composer.press_sequentially("second line")
    expect(phone.composer).to_have_value("first line\nsecond line")
    phone.page.get_by_test_id("send").tap()
    expect(phone.mine).to_have_count(1)
    expect(phone.composer).to_have_value("")
    expect(phone.composer).to_be_focused()


@pytest.mark.long  # a further detail
def test_another_room_with_news_shows_outside_the_list(
    phone: Person, ben: Person, server: Server
) -> None:
    opener = "document.querySelector('.room-header [data-action=rooms]')"
    dot = f"getComputedStyle({opener}, '::after').content"
    phone.until(f"{dot} === 'none'")
    other = stored.make_room(server.data, "Chess club", ["ben", "asha"])
    phone.reload()
    ben.open(other).say("Your move")
    phone.until("document.querySelector('.rooms a[data-unread]')")
    phone.until(f"{dot} === '\"\"'")
    assert phone.page.get_by_test_id("room-list").bounding_box()["x"] < 0, "the list is shown"


@pytest.mark.long  # a further detail
def test_tab_goes_through_the_list_as_it_is_seen(
    enter: Enter, ben: Person, room: int, server: Server
) -> None:
    """The sections that the list has elsewhere are one list on a phone, by the last message."""
    direct = stored.make_room(server.data, "", ["ben", "asha"], RoomKind.DIRECT)
    stored.put_messages(server.data, room, ["earlier"], author="ben")
    ben.open(direct).say("later")
    phone = enter("asha", phone=True).open(room)
    phone.page.locator(".room-header [data-action=rooms]").tap()
    entries = phone.page.get_by_test_id("room-list").locator("a[data-room-id]")
    expect(entries.first).to_be_in_viewport()
    by_eye = sorted(entries.all(), key=lambda entry: entry.bounding_box()["y"])
    seen = [entry.get_attribute("data-room-id") for entry in by_eye]
    assert seen.index(str(direct)) < seen.index(str(room))  # the Lobby may be anywhere
    if not phone.page.evaluate("CSS.supports('reading-flow', 'flex-visual')"):
        pytest.skip("this browser does not know reading-flow")
    by_eye[0].focus()
    phone.page.keyboard.press("Tab")
    expect(by_eye[1]).to_be_focused()
    phone.page.keyboard.press("Shift+Tab")
    expect(by_eye[0]).to_be_focused()


def test_back_closes_what_is_open_and_stays_in_the_room(phone: Person, room: int) -> None:
    phone.say("hello")
    phone.mark()
    rooms = phone.page.get_by_test_id("room-list")
    button = phone.page.locator(".room-header [data-action=rooms]")
    dialog = phone.page.locator(".dialog")
    menu = phone.page.locator("#room-tools")
    more = phone.page.locator(".room-header").get_by_role("button", name="More")

    button.tap()
    expect(rooms).to_be_in_viewport()
    go_back_from_what_is_open(phone)
    expect(rooms).not_to_be_in_viewport()

    more.tap()
    expect(menu).to_be_visible()
    go_back_from_what_is_open(phone)
    expect(menu).to_be_hidden()

    more.tap()
    menu.get_by_role("menuitem", name="Notifications").tap()
    expect(dialog).to_be_visible()
    go_back_from_what_is_open(phone)
    expect(dialog).to_have_count(0)

    phone.sees("hello")
    assert phone.is_same_page()
    assert phone.room_id() == room
    expect(phone.page).to_have_url(f"{phone.address}/rooms/{room}")


def go_back_from_what_is_open(phone: Person) -> None:
    """Go back once the history has its entry, which it gets soon after something was opened."""
    phone.until("history.state?.isOver")
    phone.page.go_back()


@pytest.mark.long  # a rare case
def test_back_closes_what_was_opened_while_the_browser_went_back(phone: Person) -> None:
    """A dialog that a menu opens comes soon after the menu has closed."""
    phone.page.evaluate("""
        history.back = () => {
            delete history.back;
            window.goBackAtLast = () => history.back();
        };
        addEventListener("popstate", () => { window.hasGoneBack = true; }, { once: true });
    """)
    menu = phone.page.locator("#room-tools")
    more = phone.page.locator(".room-header").get_by_role("button", name="More")
    more.tap()
    phone.until("history.state?.isOver")
    menu.evaluate("menu => menu.hidePopover()")
    phone.until("window.goBackAtLast")
    more.tap()
    expect(menu).to_be_visible()
    # Not at once: after each press, the page looks soon for what is open.
    phone.page.evaluate("setTimeout(goBackAtLast, 100)")
    phone.until("window.hasGoneBack")
    go_back_from_what_is_open(phone)
    expect(menu).to_be_hidden()


@pytest.mark.long  # a further detail of Back
def test_a_page_loaded_again_has_no_entry_for_what_was_open(phone: Person, room: int) -> None:
    phone.open("/mentions", wait=False).open(room)
    phone.page.locator(".room-header [data-action=rooms]").tap()
    phone.until("history.state?.isOver")
    phone.reload()
    phone.until("!history.state?.isOver")
    phone.page.go_back()
    expect(phone.page).to_have_url(re.compile("/mentions$"))


@pytest.mark.long  # a further detail of Back
def test_back_leads_to_the_room_before(phone: Person, room: int) -> None:
    """What was open and closed in between leaves no entry in the history."""
    button = phone.page.locator(".room-header [data-action=rooms]")
    button.tap()
    phone.page.get_by_test_id("room-list").get_by_text("Lobby").tap()
    expect(phone.page.locator(".room-title .name")).to_have_text("Lobby")
    button.tap()
    expect(phone.page.get_by_test_id("room-list")).to_be_in_viewport()
    phone.page.go_back()
    expect(phone.page.get_by_test_id("room-list")).not_to_be_in_viewport()
    phone.page.go_back()
    phone.until("document.querySelector(argument)", f"[data-testid=timeline][data-room='{room}']")
    expect(phone.page).to_have_url(f"{phone.address}/rooms/{room}")


def swipe(person: Person, start: tuple[float, float], by: tuple[float, float]) -> None:
    """Move a finger over the screen, in ten steps."""
    touch = person.context.new_cdp_session(person.page)
    for step in range(11):
        point = {"x": start[0] + by[0] * step / 10, "y": start[1] + by[1] * step / 10}
        kind = "touchMove" if step else "touchStart"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    touch.detach()


def test_a_swipe_over_a_message_answers_it(enter: Enter, ben: Person, room: int) -> None:
    phone = enter("asha", phone=True).open(room)
    ben.open(room).say("Who comes?")
    box = phone.box_at_rest(phone.message("Who comes?").locator(".bubble"))
    middle = (box["x"] + 20, box["y"] + box["height"] / 2)
    swipe(phone, middle, (30, 0))
    swipe(phone, middle, (80, 200))
    swipe(phone, middle, (-80, 0))
    expect(phone.page.locator(".composing")).to_be_hidden()
    swipe(phone, middle, (100, 5))
    expect(phone.page.locator(".composing")).to_contain_text("Who comes?")


@pytest.mark.long  # the test of the swipe moves fingers, too
def test_the_rooms_are_pulled_in_from_the_edge_and_out_again(enter: Enter, room: int) -> None:
    phone = enter("asha", phone=True).open(room)
    rooms = phone.page.get_by_test_id("room-list")
    swipe(phone, (100, 400), (150, 0))
    expect(rooms).not_to_be_in_viewport()
    swipe(phone, (5, 400), (150, 0))
    expect(rooms).to_be_in_viewport(ratio=1)  # at rest
    swipe(phone, (300, 400), (-150, 0))
    expect(rooms).not_to_be_in_viewport()
    swipe(phone, (5, 400), (150, 0))
    expect(rooms).to_be_in_viewport(ratio=1)  # at rest
    phone.page.wait_for_function("history.state?.isOver")
    phone.page.go_back()
    expect(rooms).not_to_be_in_viewport()
    expect(phone.page).to_have_url(f"{phone.address}/rooms/{room}")
