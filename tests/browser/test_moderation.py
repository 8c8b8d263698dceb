"""Owners and moderators on the screen, and what the others see of it, at once."""

import pytest
from playwright.sync_api import Locator, expect

from models import RoomKind
from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.server import Server


def about(person: Person) -> Locator:
    """Open the box about the room."""
    person.choose_in_room("Room settings")
    return person.page.locator(".dialog")


def manage(person: Person, name: str) -> Locator:
    """Open the box about a member."""
    person.choose_in_room("Members")
    person.page.get_by_role("button", name=f"Actions for {name}").click()
    box = person.page.locator(f".q-dialog[aria-label='{name}']")
    expect(box).to_be_visible()
    return box


def role(person: Person, name: str) -> Locator:
    """Return what stands beside a member in the panel."""
    return person.page.locator(f".panel [data-member='{name}'] .role")


def close(person: Person) -> None:
    person.page.locator(".panel").get_by_role("link", name="Close").click()
    expect(person.page.locator(".panel")).to_have_count(0)


def silence(person: Person) -> Locator:
    return person.page.get_by_test_id("silence")


def test_a_removed_member_s_page_closes_at_once(asha: Person, ben: Person, room: int) -> None:
    asha.open(room).say("before")
    ben.open(room).sees("before")
    ben.mark()
    box = manage(asha, "ben")
    box.get_by_text("Remove from room …").click()
    box.locator("input[name=reason]").fill("Too loud")
    box.get_by_test_id("remove-member").click()
    expect(ben.page.get_by_text("You were removed from Study group.")).to_be_visible()
    expect(ben.room_entry(room)).to_have_count(0)
    ben.until("location.pathname !== argument", f"/rooms/{room}")
    expect(ben.message("before")).to_have_count(0)
    expect(asha.page.locator(".panel [data-member='ben']")).to_have_count(0)
    close(asha)
    asha.say("after")
    ben.never_sees("after", asha)
    assert ben.is_same_page()
    about(asha.go_to(room)).get_by_test_id("room-log").click()
    entry = asha.page.get_by_test_id("audit").locator("li")
    expect(entry).to_contain_text("asha removed ben")
    expect(entry).to_contain_text("Too loud")


@pytest.mark.long  # a further place to be removed from
def test_who_is_removed_while_looking_elsewhere_loses_the_room_from_the_list(
    asha: Person, ben: Person, room: int, server: Server
) -> None:
    other = stored.make_room(server.data, "Elsewhere", ["asha", "ben"])
    ben.open(other).say("still reading here")
    asha.open(room)
    box = manage(asha, "ben")
    box.get_by_text("Remove from room …").click()
    box.get_by_test_id("remove-member").click()
    expect(ben.room_entry(room)).to_have_count(0)
    ben.sees("still reading here")


@pytest.mark.long  # a further change of who may do what
def test_a_moderator_is_made_and_inherits(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    ben.open(room)
    manage(asha, "ben").get_by_test_id("change-role").click()
    expect(role(asha, "ben")).to_have_text("moderator")
    box = about(ben)
    expect(box.get_by_test_id("room-log")).to_be_visible()
    expect(box.get_by_test_id("archive-room")).to_have_count(0)
    ben.page.keyboard.press("Escape")
    expect(box).to_have_count(0)
    asha.page.get_by_role("button", name="Actions for ben").click()
    box = asha.page.locator(".q-dialog[aria-label='ben']")
    box.get_by_text("Transfer ownership …").click()
    box.get_by_test_id("hand-over").click()
    expect(role(asha, "ben")).to_have_text("owner")
    expect(role(asha, "asha")).to_have_text("moderator")
    expect(about(ben).get_by_test_id("archive-room")).to_be_visible()


def test_members_are_offered_nothing_to_do_with_others(ben: Person, room: int) -> None:
    ben.open(room)
    ben.choose_in_room("Members")
    expect(role(ben, "asha")).to_have_text("owner")
    expect(ben.page.locator(".panel [data-action=press]")).to_have_count(0)


@pytest.mark.long  # a further change of who may write
def test_announcements_silence_members_live_and_let_them_speak_again(
    asha: Person, ben: Person, room: int
) -> None:
    asha.open(room)
    ben.open(room)
    ben.mark()
    ben.composer.fill("half typed")
    about(asha).get_by_test_id("announce-room").click()
    expect(silence(ben)).to_contain_text("Only its moderators can post")
    expect(ben.composer).to_have_count(0)
    expect(ben.room_entry(room).locator(".sign")).to_have_text("campaign")
    asha.say("School is closed")
    ben.sees("School is closed")
    about(asha).get_by_test_id("announce-room").click()
    expect(ben.composer).to_have_value("half typed")
    expect(silence(ben)).to_have_count(0)
    ben.composer.press("Enter")
    asha.sees("half typed")
    assert ben.is_same_page()


@pytest.mark.long  # a further change of who may write
def test_who_becomes_a_moderator_may_write_announcements_at_once(
    asha: Person, ben: Person, room: int
) -> None:
    asha.open(room)
    ben.open(room)
    about(asha).get_by_test_id("announce-room").click()
    expect(asha.room_entry(room).locator(".sign")).to_have_text("campaign")
    expect(silence(ben)).to_be_visible()
    manage(asha, "ben").get_by_test_id("change-role").click()
    expect(role(asha, "ben")).to_have_text("moderator")
    close(asha)
    ben.say("All day long")
    asha.sees("All day long")


@pytest.mark.long  # tests/test_authorisation.py sends it, too
def test_what_a_page_sends_all_the_same_is_not_stored(
    asha: Person, ben: Person, room: int, server: Server
) -> None:
    asha.open(room)
    ben.open(room)
    about(asha).get_by_test_id("archive-room").click()
    expect(silence(ben)).to_be_visible()
    ben.page.evaluate("socket.on('chat_send_refused', () => { window.isRefused = true; })")
    ben.send(room, "too late")
    ben.until("window.isRefused")
    assert stored.texts(server.data, room) == []


@pytest.mark.long  # a further change of the room list
def test_an_archived_room_is_folded_away_and_brought_back(
    asha: Person, ben: Person, room: int, server: Server
) -> None:
    other = stored.make_room(server.data, "Elsewhere", ["asha", "ben"])
    stored.put_messages(server.data, room, ["worth keeping"], author="ben")
    asha.open(room)
    ben.open(other)
    about(asha).get_by_test_id("archive-room").click()
    expect(silence(asha)).to_contain_text("archived")
    archive = ben.page.get_by_test_id("archived")
    expect(archive.locator(f"[data-room-id='{room}']")).to_have_count(1)
    expect(ben.room_entry(room)).to_be_hidden()
    archive.locator("summary").click()
    ben.go_to(room).sees("worth keeping")
    expect(silence(ben)).to_be_visible()
    expect(ben.room_entry(room)).to_be_visible()
    about(asha).get_by_test_id("archive-room").click()
    expect(asha.composer).to_be_visible()
    expect(ben.composer).to_be_visible()
    expect(ben.room_entry(room)).to_be_visible()
    expect(archive.locator(f"[data-room-id='{room}']")).to_have_count(0)


@pytest.mark.long  # a further way to lose a room
def test_deleting_asks_for_the_name_and_closes_every_page(
    asha: Person, ben: Person, room: int, server: Server
) -> None:
    other = stored.make_room(server.data, "Elsewhere", ["asha", "ben"])
    asha.open(other)
    asha.open(room).say("a secret")
    ben.open(room).sees("a secret")
    ben.mark()
    box = about(asha)
    box.get_by_text("Delete room …").click()
    box.locator("input[name=typed_name]").fill("study group")
    box.get_by_test_id("delete-room").click()
    expect(asha.page.get_by_text("This is not the room's name.")).to_be_visible()
    ben.sees("a secret")
    box.locator("input[name=typed_name]").fill("Study group")
    box.get_by_test_id("delete-room").click()
    for person in (asha, ben):
        expect(
            person.page.get_by_text("Study group and all its messages were deleted.")
        ).to_be_visible()
        expect(person.room_entry(room)).to_have_count(0)
        expect(person.message("a secret")).to_have_count(0)
        person.until("location.pathname !== argument", f"/rooms/{room}")
    assert ben.is_same_page()
    ben.complaints.expect("status of 404")
    answer = ben.page.goto(f"{ben.address}/rooms/{room}")
    assert answer is not None
    assert answer.status == 404


@pytest.mark.long  # the log of a room is shown above
def test_administrators_read_what_was_done_everywhere(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    about(asha).get_by_test_id("announce-room").click()
    expect(asha.page.locator(".dialog")).to_have_count(0)
    asha.page.get_by_test_id("user-menu").click()
    asha.page.locator(".menu a[href='/audit']").click()
    first = asha.page.get_by_test_id("audit").locator("li").first
    expect(first).to_contain_text("asha limited the room to announcements")
    expect(first).to_contain_text("Study group")
    ben.complaints.expect("status of 404")
    ben.open("/audit", wait=False)
    expect(ben.page.get_by_text("Only administrators can do this.")).to_be_visible()


@pytest.mark.long  # many members, in a view that others show with few
def test_somebody_is_found_among_many_members(asha: Person, server: Server) -> None:
    number = stored.make_room(server.data, "Assembly", ["asha"], RoomKind.PUBLIC)
    stored.crowd(server.data, number, 150)
    asha.open(number)
    asha.choose_in_room("Members")
    box = asha.page.locator(".panel")
    expect(box.locator("[data-member]")).to_have_count(100)
    expect(box).to_contain_text("51 more")
    box.locator("input[name=words]").fill("guest149")
    box.locator("input[name=words]").press("Enter")
    expect(asha.page.locator(".panel [data-member]")).to_have_count(1)
    manage_button = asha.page.get_by_role("button", name="Actions for guest149")
    expect(manage_button).to_be_visible()


# -- 10,000 rooms -------------------------------------------------------------------------------


@pytest.fixture
def busy(enter: Enter, server: Server) -> Person:
    """dina, who is in 10,000 rooms."""
    dina = enter("dina", new=True).sign_up()
    stored.make_rooms(server.data, [f"Room {number}" for number in range(10_000)], "dina")
    return dina


@pytest.mark.long  # test_many_rooms.py in tests/services/rooms has as many
def test_ten_thousand_rooms_open_as_one_does(busy: Person, server: Server) -> None:
    talk = stored.make_room(server.data, "Where it happens", ["dina", "asha"])
    stored.put_messages(server.data, talk, ["news"], author="asha")
    busy.open("/").say("hello")
    entries = busy.page.locator("[data-testid=room-list] [data-room-id]")
    expect(entries).to_have_count(300)
    expect(busy.room_entry(talk)).to_have_attribute("data-unread", "1")
    busy.page.locator(".all-rooms").click()
    busy.page.fill("input[name=words]", "Room 9876")
    busy.page.press("input[name=words]", "Enter")
    busy.page.locator(".page a", has_text="Room 9876").click()
    expect(busy.page.locator(".room-title .name")).to_have_text("Room 9876")
    busy.wait().say("even here")
    expect(busy.page.locator("[data-testid=room-list] [aria-current]")).to_contain_text("Room 9876")
