"""What somebody blocked has said is folded away wherever it is shown, not in the timeline alone."""

import pytest
from playwright.sync_api import expect

from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.server import Server

WORDS = "barley for nobody"


@pytest.fixture
def reader(enter: Enter, asha: Person, server: Server) -> tuple[Person, int]:
    """Somebody who saved a message of ben's that has a pin and a reply, and blocks him now."""
    reader = enter("blocker", new=True).sign_up()
    room = stored.make_room(server.data, "All of us", ["asha", "ben", "blocker"])
    ben = enter("ben").open(room)
    asha.open(room)
    ben.say(WORDS)
    asha.choose(WORDS, "pin")
    asha.choose(WORDS, "reply")
    asha.write("a reply to it")
    reader.open(room).sees("a reply to it")
    reader.choose(WORDS, "save")
    expect(reader.page.get_by_text("Saved. Find it")).to_be_visible()
    stored.block(server.data, "blocker", "ben")
    return reader, room


@pytest.mark.long  # goes through many views
def test_nothing_of_it_is_read_anywhere(reader: tuple[Person, int]) -> None:
    person, room = reader
    person.open(room)
    expect(person.message("a reply to it").locator(".quote")).to_have_text(
        "Blocked message", use_inner_text=True
    )
    lists = ["pins", "replies/1", "search?q=barley"]
    for address in [*(f"/rooms/{room}/{each}" for each in lists), "/search?q=barley", "/saved"]:
        person.open(address, wait=False)
        shown = person.page.locator(".panel" if "rooms" in address else ".main")
        expect(shown.locator(".unfold:visible")).to_have_count(1)
        expect(shown.get_by_text(WORDS)).to_be_hidden()
        shown.locator(".unfold").click()
        expect(shown.get_by_text(WORDS)).to_be_visible()
    person.open("/search?q=reply", wait=False)
    expect(person.page.locator(".hit-text")).to_have_text("a reply to it")
    expect(person.page.locator(".hit-beside")).to_have_text("Blocked message", use_inner_text=True)
