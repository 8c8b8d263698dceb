"""Panels beside a room: they open, change and close, and the timeline and the draft stay."""

import re
from secrets import token_hex

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.server import Server

LINES = [f"line {number}" for number in range(1, 201)]


FIRST_IN_SIGHT = """(timeline) => {
  const { top } = timeline.getBoundingClientRect();
  const shown = [...timeline.querySelectorAll('.message')];
  return shown.find((each) => each.getBoundingClientRect().bottom > top).dataset.seq;
}"""


def stays(person: Person, seq: str) -> None:
    """Wait until this message is the first in sight again, or see that it still is."""
    timeline = "document.querySelector('[data-testid=timeline]')"
    person.until(f"({FIRST_IN_SIGHT})({timeline}) === argument", seq)


def panel(person: Person, title: str) -> Locator:
    return person.page.get_by_role("complementary", name=title)


def test_panels_leave_the_place_the_draft_and_the_focus(
    asha: Person, server: Server, room: int
) -> None:
    stored.put_messages(
        server.data, room, [f"{line} {'word ' * 60}" for line in LINES], author="ben"
    )
    asha.open(f"/rooms/{room}/messages/100")
    asha.composer.fill("half typed")
    asha.timeline.evaluate("(timeline) => { timeline.mark = 'here' }")
    middle = asha.timeline.locator(".message[data-seq='100']")
    expect(middle).to_be_in_viewport()
    asha.page.get_by_test_id("members").focus()
    place = asha.timeline.evaluate(FIRST_IN_SIGHT)
    asha.page.keyboard.press("Enter")
    expect(panel(asha, "Members")).to_be_visible()
    expect(asha.page.locator(".panel input[name=username]")).to_be_focused()
    stays(asha, place)
    for entry, title in (
        ("Pinned messages", "Pinned messages"),
        ("Files", "Files"),
        ("Search in this room", "Search in this room"),
    ):
        asha.choose_in_room(entry)
        expect(panel(asha, title)).to_be_visible()
        expect(asha.page.locator(".panel")).to_have_count(1)
        expect(asha.page.locator(".panel :focus")).to_have_count(1)
    expect(asha.page).to_have_url(f"{asha.address}/rooms/{room}/search")
    asha.page.go_back()
    expect(panel(asha, "Files")).to_be_visible()
    for _entry in ("Files", "Pinned messages", "Members"):
        asha.page.go_back()
    expect(asha.page.locator(".panel")).to_have_count(0)
    expect(asha.page).to_have_url(f"{asha.address}/rooms/{room}/messages/100")
    asha.page.get_by_test_id("search-room").click()
    expect(asha.page.get_by_test_id("search")).to_be_focused()
    asha.page.keyboard.press("Escape")
    expect(asha.page.locator(".panel")).to_have_count(0)
    expect(asha.page.get_by_test_id("search-room")).to_be_focused()
    assert asha.timeline.evaluate("(timeline) => timeline.mark") == "here"
    stays(asha, place)
    expect(asha.composer).to_have_value("half typed")


@pytest.mark.long  # test_search.py searches in a room, too
def test_a_search_in_a_room_moves_the_timeline_beside_it(
    asha: Person, server: Server, room: int
) -> None:
    stored.put_messages(server.data, room, LINES, author="ben")
    other = stored.make_room(server.data, "Elsewhere", ["asha"])
    stored.put_messages(server.data, other, ["line 190"], author="asha")
    asha.open(room)
    asha.timeline.evaluate("(timeline) => { timeline.mark = 'here' }")
    asha.page.get_by_test_id("search-room").click()
    field = asha.page.get_by_test_id("search")
    expect(field).to_be_focused()
    field.fill('"line 190"')
    field.press("Enter")
    hits = panel(asha, "Search in this room").get_by_test_id("hit")
    expect(hits).to_have_count(1)
    assert asha.message("line 190").count() == 0  # further down than what is loaded
    hits.click()
    expect(asha.message("line 190")).to_have_class(re.compile("found"))
    expect(asha.message("line 190")).to_be_in_viewport()
    expect(hits).to_be_visible()
    assert asha.timeline.evaluate("(timeline) => timeline.mark") == "here"
    asha.page.locator(".newest").click()
    asha.sees("line 200")
    asha.page.get_by_role("link", name="Search in all rooms").click()
    expect(asha.page.get_by_test_id("hit")).to_have_count(2)


@pytest.mark.long  # a further panel
def test_replies_are_beside_the_room_and_come_by_themselves(
    asha: Person, ben: Person, room: int
) -> None:
    asha.open(room).say("Who brings cake?")
    ben.open(room)
    link = asha.message("Who brings cake?").locator(".replies a")
    for reply, words in (("I do.", "1 reply"), ("So do I.", "2 replies")):
        ben.choose("Who brings cake?", "reply")
        ben.say(reply)
        expect(link).to_have_accessible_name(words)
    link.click()
    replies = panel(asha, "Replies")
    expect(replies.locator(".cards .message-card")).to_have_count(2)
    ben.choose("Who brings cake?", "reply")
    ben.say("Me, too.")
    expect(replies.locator(".cards .message-card").last).to_contain_text("Me, too.")
    ben.choose("I do.", "delete")
    ben.page.locator(".dialog button[type=submit]").click()
    expect(replies.locator(".cards .message-card")).to_have_count(2)
    expect(link).to_have_accessible_name("2 replies")
    asha.reload()
    expect(replies).to_contain_text("So do I.")
    asha.page.go_back()
    asha.choose("Who brings cake?", "replies")
    expect(replies).to_contain_text("So do I.")
    asha.message("Me, too.").hover()
    asha.message("Me, too.").get_by_role("button", name="More").click()
    expect(asha.page.locator(".choices [data-does=replies]")).to_be_hidden()


@pytest.mark.long  # a further detail
def test_on_a_phone_a_panel_makes_way_for_the_message(
    asha: Person, enter: Enter, server: Server, room: int
) -> None:
    stored.put_messages(server.data, room, LINES, author="ben")
    asha.open(f"/rooms/{room}/messages/20")
    asha.choose("line 20", "pin")
    expect(asha.message("line 20")).to_have_class(re.compile("pinned"))
    phone = enter("asha", phone=True).open(room)
    phone.composer.fill("half typed")
    phone.choose_in_room("Pinned messages")
    pins = panel(phone, "Pinned messages")
    expect(pins).to_be_in_viewport(ratio=1)
    pins.locator(".cover").tap(position={"x": 4, "y": 4})
    expect(pins).to_have_count(0)
    expect(phone.message("line 20")).to_be_in_viewport()
    expect(phone.page).to_have_url(f"{phone.address}/rooms/{room}")
    expect(phone.composer).to_have_value("half typed")


@pytest.mark.long  # a further list that stays as it is
def test_pins_come_and_go_by_themselves(asha: Person, ben: Person, room: int) -> None:
    asha.open(room).say("One", "Two")
    ben.open(f"/rooms/{room}/pins")
    cards = panel(ben, "Pinned messages").locator(".message-card")
    expect(panel(ben, "Pinned messages")).to_contain_text("Nothing is pinned yet.")
    for text, count in (("One", 1), ("Two", 2)):
        asha.choose(text, "pin")
        expect(cards).to_have_count(count)
    asha.choose("One", "unpin")
    expect(cards).to_have_count(1)
    expect(cards).to_contain_text("Two")


@pytest.mark.long  # tests/routes.py has what outsiders get
def test_a_panel_of_what_is_not_there_is_refused(asha: Person, room: int) -> None:
    asha.open(f"/rooms/{room}/members")
    asha.tell("navigate", {"path": f"/rooms/{room}/people/nobody"})
    expect(asha.page.locator(".said")).to_contain_text("There is no account with this username.")
    expect(panel(asha, "Members")).to_be_visible()
    expect(asha.page).to_have_url(f"{asha.address}/rooms/{room}/members")
    asha.complaints.expect("status of 404")
    asha.open(f"/rooms/{room}/replies/99", wait=False)
    expect(asha.page.get_by_role("heading", name="Not found", level=1)).to_be_visible()


@pytest.mark.long  # a further detail
def test_the_bar_of_a_message_is_reached_beside_a_panel(
    enter: Enter, room: int, server: Server
) -> None:
    stored.put_messages(server.data, room, ["all the width that there is " * 9], author="ben")
    asha = enter("asha", viewport={"width": 1280, "height": 800}).open(room)
    asha.say("all the width that there is " * 9)
    asha.open(f"/rooms/{room}/members")
    expect(asha.page.locator(".message[data-seq]")).to_have_count(2)
    main = asha.page.locator(".main").bounding_box()
    assert main
    for message in asha.page.locator(".message[data-seq]").all():
        message.hover()
        bar = asha.page.locator(".message-menu .bar").bounding_box()
        assert bar
        assert bar["x"] >= main["x"]
        assert bar["x"] + bar["width"] <= main["x"] + main["width"]


LISTS = {
    "members": ".people",
    "pins": ".cards",
    "files": ".file-rows",
    "search?q=word": ".hits",
    "people/ben": ".common-rooms",
    "replies/1": ".cards",
}
"""What a panel lists, by its address within the room."""
IN_SIGHT = """list => {
  return innerHeight - list.getBoundingClientRect().top;
}"""
"""How many pixels are below the beginning of a list."""


@pytest.mark.long  # loads each panel twice
def test_a_phone_on_its_side_shows_the_list(enter: Enter, server: Server, room: int) -> None:
    """Whatever stands above it, half of the window is left for it."""
    for number in range(6):
        stored.make_room(server.data, f"Shared {number}", ["asha", "ben"])
    stored.put_messages(server.data, room, [f"word {number}" for number in range(12)], author="ben")
    enter("ben").open(room)  # in asha's time zone
    phone = enter("asha", phone=True).open(room)
    for number in range(6):
        answer = {"room": room, "id": token_hex(8), "text": f"answer {number}", "reply": 1}
        phone.tell("send", answer)
        phone.tell("message_action", {"action": "pin", "room": room, "seq": number + 2})
    phone.sees("answer 5")
    expect(phone.timeline.locator(".message.pinned")).to_have_count(6)
    stored.put_files(server.data, room, [f"{number}.bin" for number in range(6)], author="ben")
    for width, height in ((667, 375), (844, 390)):
        phone.resize(width, height)
        for where, shown in LISTS.items():
            phone.open(f"/rooms/{room}/{where}")
            listed = phone.page.locator(f".panel {shown}").first
            listed.wait_for()
            assert listed.evaluate(IN_SIGHT) >= height / 2, (where, width)
            assert phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), where
