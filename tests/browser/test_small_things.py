"""What each is small, and seen every day: where things stand, what fields take, what is said."""

from datetime import timedelta

import pytest
from playwright.sync_api import Locator, expect

from models.clock import now
from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.server import Server


def overlap(one: Locator, other: Locator) -> bool:
    """Return whether one lies over the other."""
    a, b = one.bounding_box(), other.bounding_box()
    assert a
    assert b
    return not (
        a["x"] + a["width"] <= b["x"]
        or b["x"] + b["width"] <= a["x"]
        or a["y"] + a["height"] <= b["y"]
        or b["y"] + b["height"] <= a["y"]
    )


@pytest.mark.parametrize("author", ["asha", pytest.param("ben", marks=pytest.mark.long)])
def test_no_time_and_no_bar_lies_over_a_text(
    asha: Person, room: int, server: Server, author: str
) -> None:
    """In a run of messages, of which one is pinned and the mouse is over one."""
    times = [now() - timedelta(seconds=30 - number) for number in range(3)]
    texts = ["the first " * 12, "second", "third"]
    stored.put_messages(server.data, room, texts, author=author, times=times)
    asha.open(room)
    first, second, third = (asha.message(text.strip()) for text in texts)
    asha.choose("second", "pin")
    time = second.locator("header")
    expect(second).to_contain_class("pinned")
    asha.page.mouse.move(0, 0)
    for other in (first, third):
        assert not overlap(time, other.locator(".bubble"))
    third.hover()
    bar = third.get_by_role("toolbar")
    expect(bar).to_have_css("opacity", "1")
    for message in (first, second, third):
        assert not overlap(bar, message.locator(".message-body"))


def test_a_room_with_much_unread_opens_at_the_first(
    asha: Person, room: int, server: Server
) -> None:
    stored.put_messages(server.data, room, [f"line {n}" for n in range(1, 301)], author="ben")
    stored.mark_read(server.data, room, "asha", 27)
    asha.open(room)
    expect(asha.message("line 28")).to_be_in_viewport(ratio=1)
    assert asha.below(asha.timeline.locator(".rule.unread")) == "line 28"
    assert len(asha.shown()) < 200, "all of it was loaded"
    asha.page.locator(".newest").click()
    expect(asha.message("line 300")).to_be_in_viewport(ratio=1)


def test_the_account_page_fits_320_pixels(asha: Person) -> None:
    asha.resize(320, 640).open("/account", wait=False)
    cards = asha.page.locator(".page .card")
    expect(cards.first).to_be_visible()
    for card in cards.all():
        box = card.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320


@pytest.mark.long  # a further detail
def test_fields_do_not_cut_what_is_accepted(asha: Person, room: int) -> None:
    asha.open(room)
    asha.page.get_by_test_id("new-room").click()
    name = asha.page.locator(".dialog input[name=name]")
    emoji = "\N{SEEDLING}" * 60  # 120 UTF-16 units, which is what `maxlength` counts
    name.press_sequentially(emoji + "n", delay=0)
    expect(name).to_have_value(emoji)
    expect(asha.page.locator(".dialog input[name=topic]")).to_have_attribute("maxlength", "400")


@pytest.mark.long  # tests/services/search shows what was found
def test_search_shows_no_marks_of_formatting(asha: Person, room: int) -> None:
    asha.open(room)
    asha.say("the **quadratic** formula has a `root`")
    asha.page.goto(f"{asha.address}/search?q=quadratic")
    hit = asha.page.locator("mark", has_text="quadratic").first
    expect(hit).to_be_visible()
    said = hit.locator("xpath=..").inner_text()
    assert said == "the quadratic formula has a root"


def test_a_name_from_right_to_left_stands_where_the_others_do(
    asha: Person, server: Server, room: int
) -> None:
    other = stored.make_room(server.data, "\u05e4\u05d9\u05d6\u05d9\u05e7\u05d4", ["asha"])
    asha.open(room)
    lefts = [
        asha.room_entry(each)
        .locator(".name")
        .evaluate(
            """(name) => {
              const range = document.createRange();
              range.selectNodeContents(name);
              return range.getBoundingClientRect().left;
            }"""
        )
        for each in (other, room)
    ]
    assert abs(lefts[0] - lefts[1]) < 5


@pytest.mark.long  # test_sessions.py ends one, too
def test_a_session_ended_elsewhere_says_so(enter: Enter) -> None:
    laptop = enter("yara", new=True).sign_up().open()
    phone = enter("yara", new=True).log_in()
    laptop.page.goto(f"{laptop.address}/account")
    laptop.page.get_by_role("button", name="Log out everywhere else").click()
    phone.page.wait_for_url("**/login")
    expect(phone.page.get_by_role("alert").first).to_contain_text("Your session has ended")


@pytest.mark.long  # a further detail of the login
def test_after_a_wrong_password_one_types_the_password(enter: Enter) -> None:
    zoe = enter("zoe", new=True).sign_up()
    zoe.context.clear_cookies()
    zoe.complaints.expect("status of 401", "status of 400")
    zoe.page.goto(f"{zoe.address}/login")
    zoe.page.fill("input[name=username]", "zoe")
    zoe.page.fill("input[name=password]", "wrong")
    zoe.page.click("button[type=submit]")
    expect(zoe.page.get_by_role("alert").first).to_be_visible()
    expect(zoe.page.locator("input[name=password]")).to_be_focused()
    zoe.page.goto(f"{zoe.address}/register")
    zoe.page.fill("input[name=username]", "zoe2")
    zoe.page.fill("input[name=password]", "password")
    zoe.page.click("button[type=submit]")
    expect(zoe.page.locator(".sentence").first).to_contain_text("easy to guess")
    expect(zoe.page.locator("input[name=password]")).to_be_focused()


def test_the_rooms_are_reached_at_400_percent(asha: Person, room: int) -> None:
    """A window of 1440 by 900 pixels is then 360 by 225."""
    asha.resize(360, 225).open(room)
    asha.page.locator(".room-header [data-action=rooms]").click()
    entry = asha.room_entry(room)
    entry.scroll_into_view_if_needed()
    expect(entry).to_be_in_viewport(ratio=0.99)  # part of a pixel may be outside
    asha.page.get_by_test_id("user-menu").scroll_into_view_if_needed()
    expect(asha.page.get_by_test_id("user-menu")).to_be_in_viewport(ratio=0.99)


GROW = """(message) => {
  const grown = document.createElement('div');
  grown.style.blockSize = '300px';
  message.querySelector('.bubble').append(grown);
}"""


def test_the_timeline_stays_at_its_end_while_something_grows(
    asha: Person, room: int, server: Server
) -> None:
    stored.put_messages(server.data, room, [f"line {n}" for n in range(40)], author="asha")
    asha.open(room)
    expect(asha.message("line 39")).to_be_in_viewport(ratio=1)
    asha.message("line 35").evaluate(GROW)
    asha.page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    left = "({scrollHeight, scrollTop, clientHeight}) => scrollHeight - scrollTop - clientHeight"
    assert asha.timeline.evaluate(left) < 2


def test_a_video_has_its_place_before_it_is_loaded(asha: Person, room: int) -> None:
    asha.open(room)
    asha.timeline.evaluate(
        """(timeline) => timeline.insertAdjacentHTML('beforeend',
          '<article class="message"><div class="bubble"><div class="file">'
          + '<video></video></div></div></article>')"""
    )
    box = asha.timeline.locator("video").bounding_box()
    assert box
    assert abs(box["width"] / box["height"] - 16 / 9) < 0.05
