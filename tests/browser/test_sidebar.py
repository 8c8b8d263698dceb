"""The list of rooms: its sections, last messages and favourites, live on every page."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.server import Server


def section(person: Person, name: str) -> Locator:
    return person.page.locator(f"[data-section={name}]")


def direct(asha: Person, ben: Person) -> int:
    """Return the direct messages of both, which begin if they have none."""
    asha.open("/people/ben", wait=False)
    asha.page.get_by_test_id("talk").click()
    asha.wait().say("Bring the **ruler**")
    return asha.room_id()


def test_an_unread_room_comes_first_until_it_is_read(
    asha: Person, ben: Person, room: int, server: Server
) -> None:
    other = stored.make_room(server.data, "Elsewhere", ["asha", "ben"])
    asha.open(room).mark()
    entry = asha.room_entry(other)
    expect(section(asha, "rooms").locator(f"[data-room-id='{other}']")).to_have_count(1)
    expect(section(asha, "unread")).to_be_hidden()
    ben.open(other).say("Anybody?")
    expect(section(asha, "unread").locator(f"[data-room-id='{other}']")).to_be_visible()
    expect(entry).to_have_count(1)
    asha.go_to(other)
    expect(section(asha, "rooms").locator(f"[data-room-id='{other}']")).to_be_visible()
    expect(section(asha, "unread")).to_be_hidden()
    expect(entry).to_have_count(1)
    assert asha.is_same_page()


def test_the_last_message_is_under_a_name_and_follows_what_happens(
    asha: Person, ben: Person, room: int
) -> None:
    number = direct(asha, ben)
    said = [person.room_entry(number).locator(".last-said") for person in (asha, ben)]
    expect(said[0]).to_have_text("You: Bring the ruler")
    ben.open(room).mark()
    expect(said[1]).to_have_text("Bring the ruler")
    asha.say("or a *tape*")
    expect(said[0]).to_have_text("You: or a tape")
    expect(said[1]).to_have_text("or a tape")  # ben looks at another room
    asha.choose("or a tape", "edit")
    asha.composer.fill("or a string")
    asha.composer.press("Enter")
    for each, words in zip(said, ("You: or a string", "or a string"), strict=True):
        expect(each).to_have_text(words)
    asha.choose("or a string", "delete")
    asha.page.get_by_role("button", name="Delete", exact=True).click()
    for each, words in zip(said, ("You: Message deleted", "Message deleted"), strict=True):
        expect(each).to_have_text(words)
    assert ben.is_same_page()


@pytest.mark.long  # tests/services/rooms has favourites, too
def test_a_favourite_has_its_own_section_on_every_page(
    asha: Person, enter: Enter, room: int
) -> None:
    asha.open(room).choose_in_room("Add to favourites")
    kept = section(asha, "favourites").locator(f"[data-room-id='{room}']")
    expect(kept).to_be_visible()
    expect(asha.room_entry(room)).to_have_count(1)
    asha.reload()
    expect(kept).to_be_visible()
    asha.choose_in_room("Remove from favourites")
    expect(section(asha, "favourites")).to_be_hidden()
    expect(section(asha, "rooms").locator(f"[data-room-id='{room}']")).to_be_visible()


@pytest.mark.long  # a further detail
def test_a_folded_section_stays_folded(asha: Person, room: int) -> None:
    asha.open(room)
    fold = section(asha, "rooms").get_by_role("button", name="Rooms")
    expect(asha.room_entry(room)).to_be_visible()
    fold.press("Enter")
    expect(asha.room_entry(room)).to_be_hidden()
    expect(fold).to_have_attribute("aria-expanded", "false")
    asha.reload()
    expect(fold).to_have_attribute("aria-expanded", "false")
    expect(asha.room_entry(room)).to_be_hidden()
    fold.click()
    expect(asha.room_entry(room)).to_be_visible()


@pytest.mark.long  # a further detail of the list
def test_what_a_blocked_person_wrote_is_left_out(asha: Person, ben: Person, room: int) -> None:
    ben.open(room).say("rude words")
    asha.open(room)
    said = asha.room_entry(room).locator(".last-said")
    expect(said).to_have_text("ben: rude words")
    asha.open("/people/ben", wait=False)
    asha.page.get_by_test_id("block").click()
    expect(said).to_have_text("ben: Blocked message")
    expect(asha.page.get_by_test_id("block")).to_have_text("Unblock")
    asha.page.get_by_test_id("block").click()
    expect(said).to_have_text("ben: rude words")


@pytest.mark.long  # a further detail
def test_a_phone_filters_its_list(enter: Enter, ben: Person, room: int, server: Server) -> None:
    other = stored.make_room(server.data, "Chess club", ["asha", "ben"])
    phone = enter("asha", phone=True).open(room)
    ben.open(other).say("Your move")
    phone.until("document.querySelector('.rooms a[data-unread]')")
    phone.page.locator(".room-header [data-action=rooms]").tap()
    expect(phone.room_entry(room)).to_be_visible()
    expect(phone.room_entry(other).locator(".last-said")).to_have_text("ben: Your move")
    phone.page.get_by_label("Unread").tap()
    expect(phone.room_entry(other)).to_be_visible()
    expect(phone.room_entry(room)).to_be_hidden()
    phone.page.get_by_label("People").tap()
    expect(phone.room_entry(other)).to_be_hidden()
    phone.page.get_by_label("All", exact=True).tap()
    expect(phone.room_entry(room)).to_be_visible()
    phone.page.get_by_role("button", name="New", exact=True).tap()
    expect(phone.page.get_by_role("menuitem", name="Create room")).to_be_in_viewport()
    phone.page.go_back()
    expect(phone.page.get_by_role("menuitem", name="Create room")).to_be_hidden()
    expect(phone.page.get_by_test_id("room-list")).to_be_in_viewport()


@pytest.mark.parametrize("height", [480, pytest.param(900, marks=pytest.mark.long)])
def test_forty_rooms_can_be_reached(enter: Enter, server: Server, height: int) -> None:
    name = f"carl{height}"
    carl = enter(name, new=True).sign_up()
    stored.make_rooms(server.data, [f"Room {number:02}" for number in range(40)], name)
    carl.page.set_viewport_size({"width": 1000, "height": height})
    carl.open()
    last = carl.page.locator("[data-testid=room-list] .name", has_text="Room 39")
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport()
    carl.page.get_by_test_id("user-menu").scroll_into_view_if_needed()
    expect(carl.page.get_by_test_id("user-menu")).to_be_in_viewport()
