"""Notifications: asked for in context, for what calls, and never for what one looks at."""

import pytest
from playwright.sync_api import expect

from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Complaints, Person
from tests.browser.test_mentions import choose_level, hide
from tests.server import Server

RECORD = """
window.shown = [];
window.permission = '%s';
window.Notification = class {
  constructor(title, options) {
    window.shown.push({ title, ...options });
    window.last = this;
    this.data = options.data;
  }
  close() { this.closed = true; }
  static get permission() { return window.permission; }
  static async requestPermission() {
    window.asked = true;
    return (window.permission = 'granted');
  }
};
"""


BLIND = """
const read = Storage.prototype.getItem;
Storage.prototype.getItem = function (key) {
  return key.startsWith('chat-called:') ? null : read.call(this, key);
};
"""
"""A tab sees late what another tab stores: here it never does."""
SPREAD = "new Promise((done) => setTimeout(done, 410))"
"""A page waits up to 0.4 s before it notifies: this timer is the later one."""


@pytest.fixture(autouse=True)
def _nothing_unread(server: Server, contexts: object) -> None:
    stored.read_everything(server.data)


@pytest.fixture
def other(server: Server) -> int:
    """Another room of asha's and ben's, to look at in the meantime."""
    return stored.make_room(server.data, "Elsewhere", ["asha", "ben"])


def listen(person: Person, permission: str = "granted") -> Person:
    """Have the page note what it would have shown."""
    return person.run_first(RECORD % permission)


def shown(person: Person, many: int) -> list[dict[str, str]]:
    """Wait for so many notifications, and return them."""
    person.until("window.shown.length >= argument", many)
    person.page.evaluate(SPREAD)
    return person.page.evaluate("window.shown")


def test_a_mention_calls_and_leads_to_the_message(
    asha: Person, ben: Person, room: int, other: int
) -> None:
    asha.open(room)
    listen(ben).open(other)
    asha.say("nothing for you", "come here, @ben, please")
    (call,) = shown(ben, 1)
    assert call["title"] == "asha · Study group"
    assert call["body"] == "come here, @ben, please"
    assert call["tag"] == f"chat-room-{room}"
    ben.page.evaluate("window.last.onclick()")
    ben.until("location.pathname === argument", f"/rooms/{room}/messages/2")
    ben.wait().sees("come here, @ben, please")
    ben.until("window.last.closed")


def test_the_room_one_looks_at_does_not_call_and_a_hidden_one_does(
    asha: Person, ben: Person, room: int
) -> None:
    asha.open(room)
    listen(ben).open(room)
    asha.say("@ben, you are here")
    ben.sees("@ben, you are here")
    hide(ben)
    asha.say("@ben, are you gone?")
    (call,) = shown(ben, 1)
    assert call["body"] == "@ben, are you gone?"


@pytest.mark.long  # test_mentions.py chooses levels, too
def test_levels_and_quiet_hours_decide_what_calls(
    asha: Person, ben: Person, room: int, other: int
) -> None:
    asha.open(room)
    listen(ben).open(room)
    choose_level(ben, "All messages")
    ben.go_to(other)
    asha.say("for everybody who follows")
    assert len(shown(ben, 1)) == 1
    ben.page.evaluate(
        """() => { const frame = document.querySelector('[data-frame]').dataset;
        frame.quietFrom = '0'; frame.quietUntil = '1440'; }"""
    )
    asha.say("in the night")
    expect(ben.room_entry(room)).to_have_attribute("data-unread", "2")
    assert len(shown(ben, 1)) == 1
    ben.page.evaluate("document.querySelector('[data-frame]').dataset.quietFrom = ''")
    ben.go_to(room)
    choose_level(ben, "Nothing")
    ben.go_to(other)
    asha.say("@ben, wake up")
    expect(ben.room_entry(room)).to_have_attribute("data-unread", "1")
    assert len(shown(ben, 1)) == 1


@pytest.mark.long  # a further case of what calls
def test_at_here_calls_those_who_used_a_key_or_a_button_lately(
    asha: Person, ben: Person, room: int, other: int
) -> None:
    asha.open(room)
    listen(ben).open(other)
    ben.page.evaluate("const now = Date.now; Date.now = () => now() + 6 * 60_000")
    ben.page.mouse.move(200, 200)
    ben.page.mouse.move(300, 300)
    asha.say("@here, is anybody there?")
    expect(ben.room_entry(room)).to_have_attribute("data-unread", "1")
    assert shown(ben, 0) == []
    ben.page.keyboard.press("Shift")
    asha.say("@here, and now?")
    (call,) = shown(ben, 1)
    assert call["body"] == "@here, and now?"


@pytest.mark.long  # a further place that may call
def test_two_tabs_call_once(asha: Person, ben: Person, room: int, other: int, enter: Enter) -> None:
    asha.open(room)
    second = listen(enter("ben")).run_first(BLIND).open(other)
    listen(ben).run_first(BLIND).open(other)
    asha.say("hello @ben")
    for page in (ben, second):
        expect(page.room_entry(room)).to_have_attribute("data-mentions", "1")
    for page in (ben, second):
        page.page.evaluate(SPREAD)
    assert sum(page.page.evaluate("window.shown.length") for page in (ben, second)) == 1


@pytest.mark.long  # a further place that may call
def test_a_tab_that_shows_the_room_keeps_the_others_quiet(
    asha: Person, ben: Person, room: int, other: int, enter: Enter
) -> None:
    asha.open(room)
    second = listen(enter("ben")).open(other)
    listen(ben).open(room)
    asha.say("hello @ben")
    ben.sees("hello @ben")
    expect(second.room_entry(room)).to_have_attribute("data-last", "1")
    second.page.evaluate(SPREAD)
    assert shown(ben, 0) == shown(second, 0) == []
    ben.go_to(other)
    asha.say("and now, @ben?")
    for page in (ben, second):
        expect(page.room_entry(room)).to_have_attribute("data-mentions", "1")
        page.page.evaluate(SPREAD)
    assert len(shown(ben, 0) + shown(second, 0)) == 1


@pytest.mark.long  # a further case of what calls
def test_permission_is_asked_for_only_when_something_would_have_called(
    asha: Person, ben: Person, room: int, other: int, complaints: Complaints
) -> None:
    complaints.expect("does not support the Push API in incognito mode")
    asha.open(room)
    listen(ben, "default").open(other)
    bar = ben.page.get_by_test_id("offer-calls")
    expect(bar).to_be_hidden()
    hide(ben)
    asha.say("hello @ben")
    expect(bar).to_be_visible()
    assert ben.page.evaluate("window.asked") is None
    hide(ben, hidden=False)
    bar.get_by_role("button", name="Notify me next time").click()
    ben.until("window.asked")
    expect(bar).to_be_hidden()
    ben.open(other)
    hide(ben)
    asha.say("hello again @ben")
    expect(bar).to_be_visible()
    bar.get_by_role("button", name="Don't ask again").click()
    asha.say("and again @ben")
    expect(ben.room_entry(room)).to_have_attribute("data-mentions", "3")
    expect(bar).to_be_hidden()
