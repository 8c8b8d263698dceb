"""Rooms on the screen: making, finding, joining, adding, renaming and leaving, live for all."""

import pytest
from playwright.sync_api import Locator, expect

from models import RoomKind
from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Complaints, Person
from tests.server import Server


def make(person: Person, name: str, *, private: bool) -> int:
    person.page.get_by_test_id("new-room").click()
    person.page.fill(".dialog input[name=name]", name)
    person.page.set_checked(".dialog input[name=private]", private)
    person.page.click(".dialog button[type=submit]")
    expect(person.page.locator(".room-title .name")).to_have_text(name)
    expect(person.page.locator(".q-dialog")).to_have_count(0)
    person.wait()
    return person.room_id()


def find(person: Person, words: str) -> Locator:
    person.page.locator(".find[href='/rooms']").click()
    person.page.get_by_role("heading", name="Find rooms").wait_for()
    person.page.fill("input[name=words]", words)
    person.page.press("input[name=words]", "Enter")
    entries = person.page.locator(".page .entry")
    expect(entries.filter(has_not_text=words)).to_have_count(0)  # what was there before is gone
    return entries.filter(has_text=words)


def test_a_public_room_is_made_found_and_joined(asha: Person, chen: Person) -> None:
    asha.open()
    asha.mark()
    number = make(asha, "Gardeners", private=False)
    expect(asha.page).to_have_url(f"{asha.address}/rooms/{number}")
    expect(asha.room_entry(number)).to_have_attribute("aria-current", "page")
    chen.open()
    chen.mark()
    expect(chen.room_entry(number)).to_have_count(0)
    found = find(chen, "Gardeners")
    expect(found).to_contain_text("1 member")
    found.get_by_role("button", name="Join").click()
    expect(chen.page.locator(".room-title .name")).to_have_text("Gardeners")
    expect(chen.page).to_have_url(f"{chen.address}/rooms/{number}")
    chen.wait().say("hello from outside")
    asha.sees("hello from outside")
    assert asha.is_same_page()
    assert chen.is_same_page()


def test_a_private_room_is_found_by_nobody(
    asha: Person, chen: Person, complaints: Complaints
) -> None:
    asha.open()
    number = make(asha, "Surprise party", private=True)
    chen.open()
    chen.page.locator(".find[href='/rooms']").click()
    chen.page.fill("input[name=words]", "Surprise")
    chen.page.press("input[name=words]", "Enter")
    expect(chen.page.get_by_text("No public room has that")).to_be_visible()
    complaints.expect("status of 404")
    answer = chen.page.goto(f"{chen.address}/rooms/{number}")
    assert answer is not None
    assert answer.status == 404
    expect(chen.page.get_by_role("heading", name="Not here", level=1)).to_be_visible()
    assert "Surprise" not in chen.page.content()
    nowhere = chen.page.goto(f"{chen.address}/rooms/999999")
    assert nowhere is not None
    assert nowhere.status == 404


@pytest.mark.long  # a further change of the room list
def test_who_is_added_sees_the_room_at_once(asha: Person, chen: Person) -> None:
    asha.open()
    number = make(asha, "Added live", private=True)
    asha.say("before chen came")
    chen.open()
    chen.mark()
    expect(chen.room_entry(number)).to_have_count(0)
    asha.page.get_by_role("button", name="Who is here").click()
    asha.page.fill(".dialog input[name=username]", "chen")
    asha.page.get_by_role("button", name="Add", exact=True).click()
    expect(chen.room_entry(number)).to_have_text("◆Added live")
    expect(asha.page.locator(".dialog .people").last).to_contain_text("@chen")
    expect(asha.page.locator(".dialog")).to_have_count(1)
    asha.page.get_by_role("button", name="Close").click()
    chen.go_to(number).sees("before chen came")
    chen.say("thank you")
    asha.sees("thank you")
    assert chen.is_same_page()


@pytest.mark.long  # tests/services/rooms refuses the same
def test_somebody_unknown_cannot_be_added(asha: Person, room: int) -> None:
    asha.open(room)
    asha.page.get_by_role("button", name="Who is here").click()
    asha.page.fill(".dialog input[name=username]", "nobody.at.all")
    asha.page.get_by_role("button", name="Add", exact=True).click()
    expect(asha.page.get_by_text("There is no account of that name.")).to_be_visible()


def test_unread_counts_come_live_and_go_when_it_is_read(
    asha: Person, ben: Person, room: int, server: Server
) -> None:
    other = stored.make_room(server.data, "Elsewhere", ["asha", "ben"])
    asha.open(other)
    entry = asha.room_entry(room)
    expect(entry).not_to_have_attribute("data-unread", "1")
    ben.open(room).say("one")
    expect(entry).to_have_attribute("data-unread", "1")
    ben.say("two", "three")
    expect(entry).to_have_attribute("data-unread", "3")
    asha.reload()
    expect(entry).to_have_attribute("data-unread", "3")
    asha.go_to(room)
    line = asha.timeline.locator(".rule.unread")
    expect(line).to_be_visible()
    assert asha.below(line) == "one"
    expect(entry).not_to_have_attribute("data-unread", "3")
    assert entry.get_attribute("data-unread") is None
    asha.go_to(other)
    expect(entry).not_to_have_attribute("data-unread", "3")
    asha.reload()
    assert entry.get_attribute("data-unread") is None


@pytest.mark.long  # a detail of the list
def test_a_long_name_leaves_room_for_the_count(asha: Person, server: Server) -> None:
    name = "A room with a name that is much too long for the list " * 2
    room = stored.make_room(server.data, name, ["asha", "ben"])
    stored.put_messages(server.data, room, ["news"] * 5, author="ben")
    asha.open("/account", wait=False)
    entry = asha.room_entry(room)
    expect(entry).to_have_attribute("data-unread", "5")
    inside = "entry => entry.getBoundingClientRect().right <= entry.closest('nav').clientWidth"
    assert entry.evaluate(inside)


@pytest.mark.long  # read positions have tests of their own
def test_what_is_read_on_one_device_is_read_on_the_other(
    asha: Person, ben: Person, room: int, server: Server, enter: Enter
) -> None:
    other = stored.make_room(server.data, "Elsewhere", ["asha", "ben"])
    second = enter("asha").open(other)
    asha.open(other)
    ben.open(room).say("news")
    for page in (asha, second):
        expect(page.room_entry(room)).to_have_attribute("data-unread", "1")
    asha.go_to(room)
    second.until(f"!document.querySelector('[data-room-id=\"{room}\"]').dataset.unread")


def test_a_new_name_is_seen_by_everybody_at_once(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    ben.open(room)
    ben.mark()
    ben.composer.fill("half typed")
    asha.page.get_by_role("button", name="About this room").click()
    asha.page.fill(".dialog input[name=name]", "Night owls")
    asha.page.fill(".dialog input[name=topic]", "After ten")
    asha.page.get_by_role("button", name="Save").click()
    for person in (asha, ben):
        expect(person.page.locator(".room-title .name")).to_have_text("Night owls")
        expect(person.page.locator(".room-title .topic")).to_have_text("After ten")
        expect(person.room_entry(room)).to_contain_text("Night owls")
        expect(person.page).to_have_title("Night owls · Simple Chat")
    expect(ben.composer).to_have_value("half typed")
    assert ben.is_same_page()


@pytest.mark.long  # tests/services/rooms refuses the same
def test_only_the_owner_is_asked_for_a_new_name(asha: Person, ben: Person, room: int) -> None:
    for person, fields in ((asha, 1), (ben, 0)):
        person.open(room)
        person.page.get_by_role("button", name="About this room").click()
        expect(person.page.get_by_test_id("leave-room")).to_be_visible()
        expect(person.page.locator(".dialog input[name=name]")).to_have_count(fields)


def test_who_leaves_sees_nothing_more_of_it(asha: Person, ben: Person, room: int) -> None:
    asha.open(room).say("before")
    ben.open(room).sees("before")
    ben.mark()
    ben.page.get_by_role("button", name="About this room").click()
    ben.page.get_by_test_id("leave-room").click()
    expect(ben.room_entry(room)).to_have_count(0)
    expect(ben.page.locator(".q-dialog")).to_have_count(0)
    ben.until("location.pathname !== argument", f"/rooms/{room}")
    expect(ben.message("before")).to_have_count(0)
    asha.say("after")
    ben.wait()
    assert ben.page.evaluate("document.body.innerText.includes('after')") is False
    ben.complaints.expect("status of 404")
    answer = ben.page.goto(f"{ben.address}/rooms/{room}")
    assert answer is not None
    assert answer.status == 404


@pytest.mark.long  # a further way to join
def test_a_public_room_that_is_left_can_be_joined_again(
    asha: Person, chen: Person, server: Server
) -> None:
    number = stored.make_room(server.data, "Revolving door", ["asha", "chen"], RoomKind.PUBLIC)
    asha.open(number).say("kept")
    chen.open(number)
    chen.page.get_by_role("button", name="About this room").click()
    chen.page.get_by_test_id("leave-room").click()
    expect(chen.room_entry(number)).to_have_count(0)
    find(chen, "Revolving door").get_by_role("button", name="Join").click()
    expect(chen.page.locator(".room-title .name")).to_have_text("Revolving door")
    chen.sees("kept")
