"""What was deleted, or is folded away, counts for nothing: in the list, the title, and notices."""

import pytest
from playwright.sync_api import expect

from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.browser.test_attention import FOCUS, NO_FOCUS
from tests.browser.test_notifications import RECORD
from tests.server import Server


@pytest.fixture
def direct(server: Server, contexts: object) -> int:
    """A conversation of asha's and ben's."""
    return stored.make_room(server.data, "", ["asha", "ben"], kind="direct")


def delete(person: Person, text: str) -> None:
    person.choose(text, "delete")
    person.page.get_by_role("button", name="Delete", exact=True).click()


@pytest.mark.long  # goes through many views
def test_a_message_taken_back_leaves_no_badge_on_any_device(
    enter: Enter, asha: Person, ben: Person, direct: int
) -> None:
    asha.open(direct)
    second = enter("ben", phone=True).open("/account", wait=False)
    ben.run_first(RECORD % "granted").open(1)
    asha.say("oops")
    for page in (ben, second):
        expect(page.room_entry(direct)).to_have_attribute("data-unread", "1")
    ben.until("window.shown.length === 1")
    ben.until("document.title.startsWith('(1) ')")
    delete(asha, "oops")
    for page in (ben, second):
        expect(page.room_entry(direct)).not_to_have_attribute("data-unread", "1")
        page.until("!document.title.startsWith('(')")
    ben.until("window.last.closed")
    expect(ben.page.locator("[data-section=unread] .rooms a")).to_have_count(0)
    ben.reload()
    expect(ben.room_entry(direct)).to_be_visible()
    expect(ben.room_entry(direct)).not_to_have_attribute("data-unread", "1")
    asha.say("one", "two", "three")
    expect(ben.room_entry(direct)).to_have_attribute("data-unread", "3")
    delete(asha, "two")
    expect(ben.room_entry(direct)).to_have_attribute("data-unread", "2")
    ben.reload()
    expect(ben.room_entry(direct)).to_have_attribute("data-unread", "2")
    ben.until("document.title.startsWith('(2) ')")


def test_what_is_deleted_at_once_is_never_told(asha: Person, ben: Person, direct: int) -> None:
    asha.open(direct)
    ben.run_first(RECORD % "granted").open(1)
    asha.tell("send", {"room": direct, "id": "soon-gone-1", "text": "my secret"})
    asha.until_stored("my secret")
    dialog = {"action": "delete", "room": direct, "seq": 1}
    asha.tell("message_action", dialog)
    asha.page.get_by_role("button", name="Delete", exact=True).click()
    expect(ben.room_entry(direct).locator(".last-said")).to_have_text("Message deleted")
    expect(ben.room_entry(direct)).not_to_have_attribute("data-unread", "1")
    ben.page.evaluate("new Promise((done) => setTimeout(done, 900))")
    expect(ben.room_entry(direct).locator(".last-said")).to_have_text("Message deleted")
    expect(ben.room_entry(direct)).not_to_have_attribute("data-unread", "1")


@pytest.mark.long  # tests/services/rooms/reading/test_uncounted.py counts, too
def test_a_mention_that_is_deleted_calls_nobody_any_more(
    asha: Person, ben: Person, room: int
) -> None:
    asha.open(room)
    ben.open(1)
    asha.say("@ben look", "@room all of you")
    expect(ben.room_entry(room)).to_have_attribute("data-mentions", "2")
    delete(asha, "@ben look")
    expect(ben.room_entry(room)).to_have_attribute("data-mentions", "1")
    expect(ben.page.get_by_test_id("mentions")).to_have_attribute("data-count", "1")
    delete(asha, "@room all of you")
    expect(ben.room_entry(room)).not_to_have_attribute("data-mentions", "1")
    expect(ben.page.get_by_test_id("mentions")).not_to_have_attribute("data-count", "1")
    ben.until("!/^[(•]/.test(document.title)")


@pytest.mark.long  # a further detail
def test_the_line_stands_above_what_is_left(
    asha: Person, ben: Person, room: int, server: Server
) -> None:
    stored.put_messages(server.data, room, ["old", "one", "two"], author="asha")
    stored.mark_read(server.data, room, "ben", 1)
    asha.open(room)
    ben.open(room)
    line = ben.timeline.locator(".rule.unread")
    assert ben.below(line) == "one"
    delete(asha, "one")
    expect(ben.timeline.locator(".stone")).to_be_visible()
    assert ben.below(line) == "two"
    delete(asha, "two")
    expect(line).to_have_count(0)
    stored.mark_read(server.data, room, "ben", 1)
    ben.reload()
    expect(ben.timeline.locator(".stone")).to_have_count(2)
    expect(line).to_have_count(0)
    expect(ben.page.get_by_test_id("unread-bar")).to_be_hidden()


@pytest.mark.long  # a further place that counts
def test_in_the_room_that_is_open_but_not_looked_at(asha: Person, ben: Person, direct: int) -> None:
    asha.open(direct)
    ben.run_first(RECORD % "granted").run_first(NO_FOCUS).open(direct)
    asha.say("oops", "well")
    expect(ben.room_entry(direct)).to_have_attribute("data-unread", "2")
    delete(asha, "oops")
    expect(ben.room_entry(direct)).to_have_attribute("data-unread", "1")
    delete(asha, "well")
    expect(ben.room_entry(direct)).not_to_have_attribute("data-unread", "1")
    ben.until("window.last.closed")
    ben.page.evaluate(FOCUS)


@pytest.mark.long  # a further place that counts
def test_the_button_down_counts_what_is_left(
    asha: Person, ben: Person, room: int, server: Server
) -> None:
    stored.put_messages(server.data, room, [f"line {n}" for n in range(50)], author="asha")
    stored.mark_read(server.data, room, "ben", 50)
    ben.open(room)
    ben.timeline.evaluate("(timeline) => { timeline.scrollTop = 0; }")
    asha.open(room).say("news", "more news")
    newest = ben.page.locator(".newest")
    expect(newest).to_have_attribute("data-count", "2")
    delete(asha, "news")
    expect(newest).to_have_attribute("data-count", "1")
    delete(asha, "more news")
    expect(newest).not_to_have_attribute("data-count", "1")


@pytest.mark.long  # a further place that counts
def test_a_muted_room_loses_its_dot_too(
    asha: Person, ben: Person, room: int, server: Server
) -> None:
    asha.open(room)
    ben.open(1)
    asha.say("one")
    ben.until("document.title.startsWith('• ')")
    delete(asha, "one")
    ben.until("!document.title.startsWith('• ')")


@pytest.mark.long  # tests/services/rooms/reading/test_uncounted.py counts, too
def test_what_somebody_blocked_says_counts_for_nothing(
    enter: Enter, asha: Person, server: Server
) -> None:
    vera = enter("uncountedvera", new=True).sign_up()
    room = stored.make_room(server.data, "Three", ["asha", "uncountedvera"])
    stored.block(server.data, "uncountedvera", "asha")
    vera.open(1)
    asha.open(room).say("one")
    expect(vera.room_entry(room).locator(".last-said")).to_contain_text("Blocked message")
    asha.send(room, *(f"more {n}" for n in range(12)))
    expect(vera.room_entry(room)).to_have_attribute("data-last", "13")
    expect(vera.room_entry(room)).not_to_have_attribute("data-unread", "1")
    assert vera.room_entry(room).get_attribute("data-unread") is None
    vera.reload()
    assert vera.room_entry(room).get_attribute("data-unread") is None
    vera.page.goto(f"{vera.address}/people/asha")
    vera.page.get_by_role("button", name="Unblock").click()
    expect(vera.room_entry(room)).to_have_attribute("data-unread", "13")


@pytest.mark.long  # tests/services/rooms/reading/test_uncounted.py counts, too
def test_many_deleted_by_a_moderator_are_gone_from_the_count(
    asha: Person, ben: Person, room: int, server: Server
) -> None:
    ben.open(1)
    stored.put_messages(server.data, room, [f"spam {n}" for n in range(150)], author="asha")
    stored.delete_messages(server.data, room, 149)
    stored.mark_read(server.data, room, "asha", 150)
    ben.reload()
    expect(ben.room_entry(room)).to_have_attribute("data-unread", "1")
    asha.open(room)
    delete(asha, "spam 149")
    expect(ben.room_entry(room)).not_to_have_attribute("data-unread", "1")


@pytest.mark.long  # tests/services/rooms/reading/test_uncounted.py counts, too
def test_marking_as_unread_counts_what_is_left(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    ben.open(room)
    asha.say("one", "two", "three")
    ben.sees("three")
    delete(asha, "two")
    expect(ben.timeline.locator(".stone")).to_be_visible()
    ben.choose("one", "unread")
    expect(ben.room_entry(room)).to_have_attribute("data-unread", "2")
