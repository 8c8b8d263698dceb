"""Being called on the screen: names, marks, counts in title and icon, levels and the inbox."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.server import Server


@pytest.fixture(autouse=True)
def _nothing_unread(server: Server, asha: Person, ben: Person) -> None:
    stored.read_everything(server.data)


@pytest.fixture
def other(server: Server) -> int:
    """Another room of asha's and ben's, to look at in the meantime."""
    return stored.make_room(server.data, "Elsewhere", ["asha", "ben"])


def choose_level(person: Person, words: str) -> None:
    person.choose_in_room("Notifications")
    person.page.get_by_role("radio", name=words).click()
    expect(person.page.locator(".q-dialog")).to_have_count(0)


def act(person: Person, message: Locator, words: str) -> None:
    """Choose something from a message's menu."""
    message.hover()
    message.get_by_role("button", name="More", exact=True).click()
    message.get_by_role("menuitem", name=words).click()


# -- names -------------------------------------------------------------------------------------


def test_a_name_is_completed_marked_and_calls_who_looks_elsewhere(
    asha: Person, ben: Person, room: int, other: int
) -> None:
    asha.open(room)
    ben.open(other)
    asha.composer.press_sequentially("hello @be")
    offered = asha.page.get_by_test_id("completion").get_by_role("option")
    expect(offered).to_have_count(1)
    expect(offered).to_contain_text("ben")
    asha.composer.press("Enter")
    expect(asha.composer).to_have_value("hello @ben ")
    asha.composer.press("Enter")
    asha.sees("hello @ben")
    expect(asha.timeline.locator(".mention")).to_have_text("@ben")
    entry = ben.room_entry(room)
    expect(entry).to_have_attribute("data-mentions", "1")
    expect(ben.page).to_have_title("(1) Elsewhere · Simple Chat")
    expect(ben.page.get_by_test_id("mentions")).to_have_attribute("data-count", "1")
    icon = ben.page.locator("link[rel~=icon]")
    expect(icon).to_have_attribute("href", re.compile("/unread-1.svg$"))
    ben.go_to(room)
    expect(ben.timeline.locator(".mention.me")).to_have_text("@ben")
    expect(ben.page).to_have_title("Study group · Simple Chat")
    expect(icon).not_to_have_attribute("href", re.compile("/unread-"))


@pytest.mark.long  # tests/services/mentions offers them, too
def test_members_are_offered_and_no_others(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    asha.composer.press_sequentially("@")
    offered = asha.page.get_by_test_id("completion").get_by_role("option")
    expect(offered).to_have_count(3)
    assert [text.split()[-1] for text in offered.all_inner_texts()] == ["ben", "room", "here"]
    ben.open(room)
    ben.composer.press_sequentially("@")
    offered = ben.page.get_by_test_id("completion").get_by_role("option")
    expect(offered).to_have_count(1)
    ben.composer.press_sequentially("che")
    expect(offered).to_have_count(0)


@pytest.mark.long  # counts what is sent
def test_names_are_asked_for_once_in_each_room(asha: Person, room: int, other: int) -> None:
    asha.open(other)  # to go to the open room would draw it again, below what is typed
    asha.page.evaluate(NOTE_QUESTIONS)
    offered = asha.page.get_by_test_id("completion").get_by_role("option")
    for number in (room, other, room):
        asha.go_to(number)
        asha.composer.press_sequentially("@")
        expect(offered.first).to_contain_text("ben")
        asha.composer.fill("")
        expect(offered).to_have_count(0)
    assert asha.page.evaluate("asked") == [room, other]


NOTE_QUESTIONS = """() => {
  window.asked = [];
  addEventListener("client_event", ({ detail: { event, detail } }) => {
    if (event === "complete_name") asked.push(detail.room);
  }, true);
}"""


def test_who_names_somebody_outside_is_told_and_may_add_them(
    asha: Person, enter: Enter, room: int
) -> None:
    zita = enter("zita", new=True).sign_up().open()
    asha.open(room)
    asha.say("what does @zita think?")
    bar = asha.page.get_by_test_id("unreached")
    expect(bar).to_contain_text("zita is not in this room and was not notified.")
    heights = [part.bounding_box()["y"] for part in (asha.timeline, bar, asha.composer)]
    assert heights == sorted(heights)
    expect(asha.timeline.locator(".mention")).to_have_count(0)
    bar.get_by_role("button", name="Add zita").click()
    expect(bar).to_have_count(0)
    zita.accept()
    expect(zita.room_entry(room)).to_be_visible()


@pytest.mark.long  # a further way to name somebody
def test_a_member_calls_nobody_with_room(asha: Person, ben: Person, room: int, other: int) -> None:
    asha.open(other)
    ben.open(room).say("@room come here")
    expect(ben.page.get_by_test_id("unreached")).to_contain_text(
        "only moderators can notify everyone"
    )
    expect(asha.room_entry(room)).to_have_attribute("data-unread", "1")
    assert asha.room_entry(room).get_attribute("data-mentions") is None


@pytest.mark.long  # a further way to name somebody
def test_an_edit_names_somebody_else(asha: Person, ben: Person, room: int, other: int) -> None:
    asha.open(room).say("hello there")
    ben.open(other)
    asha.composer.press("ArrowUp")
    expect(asha.composer).to_have_value("hello there")
    asha.write("hello @ben, and all")
    asha.sees("hello @ben, and all")
    expect(ben.room_entry(room)).to_have_attribute("data-mentions", "1")


# -- the inbox ----------------------------------------------------------------------------------


def test_the_inbox_leads_to_what_names_me(asha: Person, ben: Person, room: int, other: int) -> None:
    asha.open(room).say("one for @ben", "nothing")
    asha.go_to(other).say("@room for all")
    ben.open("/account", wait=False)
    ben.page.get_by_test_id("mentions").click()
    cards = ben.page.get_by_test_id("inbox").locator("article")
    expect(cards.nth(0)).to_contain_text("@room for all")
    expect(cards.nth(1)).to_contain_text("one for @ben")
    expect(cards.nth(1)).to_contain_text("Study group")
    expect(cards.nth(1).locator(".new")).to_have_text("new")
    cards.nth(1).locator(".cover").click(position={"x": 2, "y": 2})
    expect(ben.page).to_have_url(re.compile(rf"/rooms/{room}/messages/1$"))
    ben.wait().sees("one for @ben")


# -- unread, marks and levels -------------------------------------------------------------------


@pytest.mark.long  # waits; a key marks as unread below
def test_marking_unread_shows_on_every_device_until_it_is_read_again(
    asha: Person, ben: Person, room: int, other: int, enter: Enter
) -> None:
    asha.open(room).say("one", "two", "three")
    second = enter("ben").open(other)
    ben.open(room)
    expect(second.room_entry(room)).not_to_have_attribute("data-unread", re.compile("."))
    act(ben, ben.message("two"), "Mark as unread from here")
    for page in (ben, second):
        expect(page.room_entry(room)).to_have_attribute("data-unread", "2")
    asha.say("four")
    for page in (ben, second):
        expect(page.room_entry(room)).to_have_attribute("data-unread", "3")
    ben.go_to(other)
    ben.go_to(room)
    assert ben.below(ben.timeline.locator(".rule.unread")) == "two"
    for page in (ben, second):
        expect(page.room_entry(room)).not_to_have_attribute("data-unread", re.compile("."))
    ben.reload()
    expect(ben.room_entry(room)).not_to_have_attribute("data-unread", re.compile("."))


@pytest.mark.long  # levels are tested in tests/services/rooms
def test_a_room_that_is_followed_counts_in_the_title_and_a_muted_one_never(
    asha: Person, ben: Person, room: int, other: int
) -> None:
    asha.open(room)
    ben.open(room)
    choose_level(ben, "All messages")
    ben.go_to(other)
    asha.say("one")
    expect(ben.page).to_have_title("(1) Elsewhere · Simple Chat")
    ben.go_to(room)
    expect(ben.page).to_have_title("Study group · Simple Chat")
    choose_level(ben, "Nothing")
    ben.go_to(other)
    asha.say("two", "three for @ben")
    expect(ben.room_entry(room)).to_have_attribute("data-unread", "2")
    expect(ben.page).to_have_title("Elsewhere · Simple Chat")


@pytest.mark.long  # a further count in the title
def test_what_calls_nobody_leaves_a_dot(asha: Person, ben: Person, room: int, other: int) -> None:
    asha.open(room)
    ben.open(other)
    asha.say("to all and to nobody")
    expect(ben.page).to_have_title("• Elsewhere · Simple Chat")
    icon = ben.page.locator("link[rel~=icon]")
    expect(icon).to_have_attribute("href", re.compile("/unread-0.svg$"))
    asha.say("and this is for @ben")
    expect(ben.page).to_have_title("(1) Elsewhere · Simple Chat")
    ben.go_to(room)
    expect(ben.page).to_have_title("Study group · Simple Chat")
    expect(icon).not_to_have_attribute("href", re.compile("/unread-"))


@pytest.mark.long  # a further count in the title
def test_a_hidden_page_counts_what_comes_in_its_own_room(
    asha: Person, ben: Person, room: int
) -> None:
    asha.open(room)
    ben.open(room)
    hide(ben)
    asha.say("are you there, @ben?")
    expect(ben.page).to_have_title("(1) Study group · Simple Chat")
    hide(ben, hidden=False)
    expect(ben.page).to_have_title("Study group · Simple Chat")


def hide(person: Person, *, hidden: bool = True) -> None:
    """Have the page believe that its tab is in the back, or in front again."""
    person.page.evaluate(
        """(hidden) => {
          Object.defineProperty(document, 'visibilityState', {
            configurable: true, get: () => hidden ? 'hidden' : 'visible' });
          document.hasFocus = () => !hidden;
          document.dispatchEvent(new Event('visibilitychange'));
          window.dispatchEvent(new Event(hidden ? 'blur' : 'focus'));
        }""",
        hidden,
    )


@pytest.mark.long  # test_small_things.py opens such a room
def test_many_unread_are_opened_at_the_first(asha: Person, room: int, server: Server) -> None:
    other = stored.make_room(server.data, "Busy", ["asha", "ben"])
    stored.put_messages(server.data, other, [f"message {n}" for n in range(1, 121)], author="ben")
    stored.mark_read(server.data, other, "asha", 20)
    asha.open(other)
    bar = asha.page.get_by_test_id("unread-bar")
    expect(asha.message("message 21")).to_be_in_viewport()
    expect(bar).to_be_hidden()
    link = f"/rooms/{other}/messages/110"
    asha.open(link)
    expect(bar).to_contain_text("New messages: 100")
    bar.get_by_role("button", name="Jump to first").click()
    asha.sees("message 21")
    expect(asha.message("message 21")).to_be_in_viewport()
    expect(bar).to_be_hidden()
    assert asha.below(asha.timeline.locator(".rule.unread")) == "message 21"
    asha.open(room)
    expect(asha.room_entry(other)).to_have_attribute("data-unread", "100")
    asha.open(link)
    asha.page.get_by_test_id("unread-bar").get_by_role("button", name="Mark as read").click()
    expect(asha.room_entry(other)).not_to_have_attribute("data-unread", re.compile("."))
    expect(asha.page.get_by_test_id("unread-bar")).to_be_hidden()


# -- keys ---------------------------------------------------------------------------------------


@pytest.mark.long  # tests/pages finds the next room
def test_next_unread_goes_from_room_to_room(
    asha: Person, ben: Person, room: int, server: Server
) -> None:
    rooms = [stored.make_room(server.data, name, ["asha", "ben"]) for name in ("Aaa", "Bbb")]
    for number in rooms:
        stored.put_messages(server.data, number, ["hello"], author="ben")
    asha.open(room)
    for number in rooms:  # the list comes when the line is up
        expect(asha.room_entry(number)).to_have_attribute("data-unread", "1")
    visited = set()
    for _turn in range(12):
        if set(rooms) <= visited:
            break
        before = asha.page.url
        asha.page.keyboard.press("Alt+Shift+ArrowDown")
        asha.until("location.href !== argument", before)
        number = int(asha.page.evaluate("location.pathname.split('/')[2]"))
        expect(asha.timeline).to_have_attribute("data-room", str(number))
        expect(asha.room_entry(number)).not_to_have_attribute("data-unread", re.compile("."))
        visited.add(number)
    assert set(rooms) <= visited


@pytest.mark.long  # test_keyboard.py has such keys, too
def test_a_message_with_the_focus_is_answered_and_marked_by_keys(asha: Person, room: int) -> None:
    asha.open(room).say("one", "two")
    asha.composer.press("Alt+ArrowUp")
    expect(asha.message("two")).to_be_focused()
    asha.page.keyboard.press("Alt+ArrowUp")
    expect(asha.message("one")).to_be_focused()
    asha.page.keyboard.press("u")
    expect(asha.room_entry(room)).to_have_attribute("data-unread", "2")
    asha.page.keyboard.press("r")
    expect(asha.page.locator(".composing")).to_contain_text("one")
    expect(asha.composer).to_be_focused()
    asha.composer.press("Escape")
    asha.composer.press_sequentially("r?/c")
    expect(asha.composer).to_have_value("r?/c")


@pytest.mark.long  # a further detail
def test_the_keys_are_listed_in_the_help(asha: Person, room: int) -> None:
    asha.open(room)
    asha.timeline.focus()
    asha.page.keyboard.press("?")
    listed = asha.page.get_by_test_id("keys").locator("tr")
    expect(listed.filter(has_text="Next unread room")).to_contain_text("Alt+Shift+↓")
    asha.page.keyboard.press("Escape")
    expect(asha.page.locator(".q-dialog")).to_have_count(0)
