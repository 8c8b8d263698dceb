"""Read means seen by a person: somebody who has the page in front of them, and was there lately."""

import pytest
from playwright.sync_api import expect

from tests.browser import stored
from tests.browser.person import Person
from tests.browser.test_notifications import RECORD
from tests.browser.test_receipts import presence, receipt
from tests.server import Server

NO_FOCUS = "document.hasFocus = () => window.hasTheFocus === true;"
FOCUS = "() => { window.hasTheFocus = true; dispatchEvent(new Event('focus')); }"
LATER = "() => { const now = Date.now; Date.now = () => now() + 6 * 60_000; }"
SPREAD = "new Promise((done) => setTimeout(done, 410))"


@pytest.fixture
def direct(server: Server, contexts: object) -> int:
    """A conversation of asha's and ben's."""
    return stored.make_room(server.data, "", ["asha", "ben"], kind="direct")


def test_a_page_without_the_focus_reads_nothing(asha: Person, ben: Person, direct: int) -> None:
    asha.open(direct)
    ben.run_first(RECORD % "granted").run_first(NO_FOCUS).open(direct)
    asha.say("are you there?")
    ben.sees("are you there?")
    expect(ben.room_entry(direct)).to_have_attribute("data-unread", "1")
    expect(ben.page).to_have_title("(1) asha · Simple Chat")
    ben.until("window.shown.length === 1")
    ben.page.evaluate(SPREAD)  # as long as it would take to say that it was read
    receipt(asha, "are you there?", "delivered")
    assert not ben.page.evaluate("window.last.closed")
    ben.page.evaluate(FOCUS)
    receipt(asha, "are you there?", "read")
    expect(ben.room_entry(direct)).not_to_have_attribute("data-unread", "1")
    ben.until("window.last.closed")
    ben.until("!document.title.startsWith('(')")


@pytest.mark.long  # the test above reads nothing, either
def test_a_page_that_nobody_touches_reads_nothing(asha: Person, ben: Person, direct: int) -> None:
    asha.open(direct)
    ben.run_first(RECORD % "granted").open(direct)
    asha.say("first")
    receipt(asha, "first", "read")
    ben.page.evaluate(LATER)
    asha.say("are you still there?")
    ben.sees("are you still there?")
    expect(ben.room_entry(direct)).to_have_attribute("data-unread", "1")
    ben.until("window.shown.length === 1")
    ben.page.evaluate(SPREAD)
    receipt(asha, "are you still there?", "delivered")
    ben.page.mouse.move(300, 300)
    ben.page.mouse.move(310, 310)
    receipt(asha, "are you still there?", "read")
    ben.until("window.last.closed")
    asha.say("good")
    receipt(asha, "good", "read")


@pytest.mark.long  # waits for as long as one may look at another window
def test_who_looks_at_another_window_is_away(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    asha.choose_in_room("Members")
    ben.run_first(NO_FOCUS).open(room)
    expect(presence(asha, "ben")).to_have_attribute("data-state", "away")
    ben.page.evaluate(FOCUS)
    expect(presence(asha, "ben")).to_have_attribute("data-state", "active")
