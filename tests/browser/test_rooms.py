"""Rooms on the screen: making, finding, joining, adding, renaming and leaving, live for all."""

import re

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


@pytest.mark.long  # further ways into panels that have tests of their own
def test_the_header_of_a_room_leads_to_everything_in_it(
    asha: Person, chen: Person, server: Server
) -> None:
    room = stored.make_room(server.data, "Astronomy", ["asha", "ben"], RoomKind.PUBLIC)
    header = asha.open(room).page.locator(".room-header")
    count = header.get_by_role("link", name="Members")
    expect(count).to_have_text(re.compile("2$"))
    expect(count.locator(".avatar")).to_have_count(2)
    chen.open(room, wait=False).page.get_by_role("button", name="Join").click()
    expect(count).to_have_text(re.compile("3$"))
    expect(count.locator(".avatar")).to_have_count(3)
    count.click()
    expect(asha.page.get_by_role("complementary", name="Members")).to_contain_text("@chen")
    header.get_by_role("button", name="Astronomy").click()
    expect(asha.page.get_by_role("dialog", name="Room settings")).to_be_visible()
    asha.page.keyboard.press("Escape")
    expect(asha.page.locator(".q-dialog")).to_have_count(0)


@pytest.mark.long  # test_panels.py opens it, too
def test_members_are_beside_the_conversation_at_an_address_of_their_own(
    asha: Person, room: int
) -> None:
    asha.open(room).say("stays")
    asha.composer.fill("half typed")
    panel = asha.page.get_by_role("complementary", name="Members")
    asha.page.get_by_test_id("members").click()
    expect(panel).to_contain_text("@ben")
    expect(asha.page).to_have_url(f"{asha.address}/rooms/{room}/members")
    expect(asha.composer).to_have_value("half typed")
    expect(asha.message("stays")).to_be_in_viewport()
    asha.page.go_back()
    expect(panel).to_have_count(0)
    expect(asha.composer).to_have_value("half typed")
    asha.open(f"/rooms/{room}/members")
    expect(panel).to_contain_text("@ben")
    panel.get_by_role("link", name="Close").click()
    expect(panel).to_have_count(0)
    expect(asha.page).to_have_url(f"{asha.address}/rooms/{room}")
    expect(asha.message("stays")).to_be_in_viewport()


@pytest.mark.long  # test_phone.py goes back, too
def test_members_fill_a_phone_until_back(enter: Enter, room: int) -> None:
    phone = enter("asha", phone=True).open(room)
    phone.choose_in_room("Members")
    panel = phone.page.get_by_role("complementary", name="Members")
    expect(panel).to_be_in_viewport(ratio=1)
    assert panel.bounding_box()["width"] == phone.page.viewport_size["width"]
    phone.page.go_back()
    expect(panel).to_have_count(0)
    expect(phone.composer).to_be_in_viewport()
    assert phone.room_id() == room


@pytest.mark.long  # test_menus.py uses another menu by keys
def test_the_menu_of_a_room_is_used_by_keys_and_asks_before_leaving(
    chen: Person, server: Server
) -> None:
    room = stored.make_room(server.data, "Botany", ["asha", "chen"], RoomKind.PUBLIC)
    chen.open(room)
    chen.page.locator(".room-header").get_by_role("button", name="More").press("Enter")
    menu = chen.page.get_by_role("menu")
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    chen.page.keyboard.press("End")
    expect(menu.get_by_role("menuitem", name="Leave room …")).to_be_focused()
    chen.page.keyboard.press("Enter")
    asked = chen.page.get_by_role("dialog", name="Leave this room?")
    expect(asked).to_contain_text("You can come back at any time")
    expect(chen.room_entry(room)).to_have_count(1)
    asked.get_by_role("button", name="Leave").click()
    expect(chen.room_entry(room)).to_have_count(0)


@pytest.mark.long  # tests/services/rooms and test_routes.py refuse it, too
def test_a_private_room_is_found_by_nobody(
    asha: Person, chen: Person, complaints: Complaints
) -> None:
    asha.open()
    number = make(asha, "Surprise party", private=True)
    chen.open()
    chen.page.locator(".find[href='/rooms']").click()
    chen.page.fill("input[name=words]", "Surprise")
    chen.page.press("input[name=words]", "Enter")
    expect(chen.page.get_by_text("No public rooms found")).to_be_visible()
    complaints.expect("status of 404")
    answer = chen.page.goto(f"{chen.address}/rooms/{number}")
    assert answer is not None
    assert answer.status == 404
    expect(chen.page.get_by_role("heading", name="Not found", level=1)).to_be_visible()
    assert "Surprise" not in chen.page.content()
    nowhere = chen.page.goto(f"{chen.address}/rooms/999999")
    assert nowhere is not None
    assert nowhere.status == 404


@pytest.mark.long  # a further change of the room list
def test_who_is_invited_and_accepts_sees_the_room_at_once(asha: Person, enter: Enter) -> None:
    rolf = enter("rolf", new=True).sign_up().open()
    asha.open()
    number = make(asha, "Added live", private=True)
    asha.say("before rolf came")
    rolf.mark()
    asha.choose_in_room("Members")
    asha.page.fill(".panel input[name=username]", "rolf")
    asha.page.get_by_role("button", name="Add", exact=True).click()
    expect(asha.page.locator(".panel .people")).not_to_contain_text("@rolf")
    expect(asha.page.locator(".panel")).to_have_count(1)
    asha.page.locator(".panel").get_by_role("link", name="Close").click()
    expect(rolf.room_entry(number)).to_have_count(0)
    rolf.accept()
    expect(rolf.room_entry(number).locator(".name")).to_have_text("Added live")
    rolf.sees("before rolf came")
    rolf.say("thank you")
    asha.sees("thank you")
    assert rolf.is_same_page()


@pytest.mark.long  # tests/services/rooms refuses the same
def test_somebody_unknown_cannot_be_added(asha: Person, room: int) -> None:
    asha.open(room)
    asha.choose_in_room("Members")
    asha.page.fill(".panel input[name=username]", "nobody.at.all")
    asha.page.get_by_role("button", name="Add", exact=True).click()
    expect(
        asha.page.get_by_text("There is no account with this username. Check the spelling.")
    ).to_be_visible()


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
    is_unread = re.compile(".")
    expect(entry).not_to_have_attribute("data-unread", is_unread)
    asha.go_to(other)
    expect(entry).not_to_have_attribute("data-unread", is_unread)
    stored.wait_until_read(server.data, room, "asha", seq=3)
    asha.reload()
    expect(entry).not_to_have_attribute("data-unread", is_unread)


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


@pytest.mark.long  # a further event
def test_a_new_name_is_seen_by_everybody_at_once(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    ben.open(room)
    ben.mark()
    ben.composer.fill("half typed")
    asha.choose_in_room("Room settings")
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
        person.choose_in_room("Room settings")
        expect(person.page.locator(".dialog").get_by_text("Leave room …")).to_be_visible()
        expect(person.page.locator(".dialog input[name=name]")).to_have_count(fields)


@pytest.mark.long  # test_moderation.py closes the page of a member
def test_who_leaves_sees_nothing_more_of_it(asha: Person, ben: Person, room: int) -> None:
    asha.open(room).say("before")
    ben.open(room).sees("before")
    ben.mark()
    ben.choose_in_room("Room settings")
    ben.page.locator(".dialog").get_by_text("Leave room …").click()
    ben.page.get_by_test_id("leave-room").click()
    expect(ben.room_entry(room)).to_have_count(0)
    expect(ben.page.locator(".q-dialog")).to_have_count(0)
    ben.until("location.pathname !== argument", f"/rooms/{room}")
    expect(ben.message("before")).to_have_count(0)
    asha.say("after")
    ben.never_sees("after", asha)
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
    chen.choose_in_room("Room settings")
    chen.page.locator(".dialog").get_by_text("Leave room …").click()
    chen.page.get_by_test_id("leave-room").click()
    expect(chen.room_entry(number)).to_have_count(0)
    find(chen, "Revolving door").get_by_role("button", name="Join").click()
    expect(chen.page.locator(".room-title .name")).to_have_text("Revolving door")
    chen.sees("kept")


def about_room(person: Person) -> Locator:
    """Open the dialog about the room that is open."""
    person.choose_in_room("Room settings")
    return person.page.locator(".dialog")


def test_leaving_says_first_what_it_means(ben: Person, room: int) -> None:
    ben.open(room)
    about = about_room(ben)
    about.get_by_text("Leave room").click()
    expect(about).to_contain_text("until a member adds you again")
    expect(ben.room_entry(room)).to_have_count(1)
    about.get_by_role("button", name="Leave").click()
    expect(ben.room_entry(room)).to_have_count(0)


@pytest.mark.long  # tests/services/rooms archives rooms
def test_archiving_can_be_undone(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    ben.open(room)
    about_room(asha).get_by_test_id("archive-room").click()
    expect(ben.composer).to_have_count(0)
    toast = asha.page.get_by_role("status").filter(has_text="Study group is archived")
    toast.get_by_role("button", name="Undo").click()
    expect(toast).to_have_count(0)
    expect(ben.composer).to_be_visible()
    expect(asha.composer).to_be_visible()


@pytest.mark.long  # a further detail
def test_the_lobby_offers_no_deletion(asha: Person, room: int) -> None:
    """The service would refuse it."""
    asha.open(1)
    about = about_room(asha)
    expect(about.get_by_test_id("archive-room")).to_be_visible()
    expect(about.get_by_text("Delete room …")).to_have_count(0)
    asha.open(room)
    expect(about_room(asha).get_by_text("Delete room …")).to_be_visible()


def test_a_link_to_a_public_room_shows_it_and_lets_one_join(
    asha: Person, chen: Person, server: Server
) -> None:
    room = stored.make_room(server.data, "Open house", ["asha"], RoomKind.PUBLIC)
    stored.put_messages(server.data, room, [f"line {n}" for n in range(1, 80)], author="asha")
    chen.open(f"/rooms/{room}/messages/20", wait=False)
    expect(chen.page.get_by_role("heading", name="Open house", level=1)).to_be_visible()
    expect(chen.page.get_by_text("1 member")).to_be_visible()
    assert "line 20" not in chen.page.content()
    chen.page.get_by_role("button", name="Join").click()
    expect(chen.message("line 20")).to_be_in_viewport()
    expect(chen.composer).to_be_visible()


@pytest.mark.long  # tests/test_routes.py asks for it as outsiders
def test_a_private_room_looks_like_none(chen: Person, room: int) -> None:
    seen = []
    for number in (room, 10**9):
        chen.complaints.expect("status of 404")
        chen.open(f"/rooms/{number}", wait=False)
        expect(chen.page.locator(".view")).to_contain_text("ask a member to add you")
        seen.append(chen.page.locator(".view").inner_text())
    assert seen[0] == seen[1]
