"""Lists of messages from any rooms: they show no longer than the room what was taken back."""

import pytest
from playwright.sync_api import expect

from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.browser.test_uncounted import delete
from tests.server import Server


@pytest.mark.long  # goes through all lists
def test_what_is_deleted_or_edited_goes_from_open_lists(
    enter: Enter, asha: Person, ben: Person, room: int, server: Server
) -> None:
    asha.open(room).say("@ben my secret one", "@ben my secret two")
    ben.open(room)
    for number, text in enumerate(("@ben my secret one", "@ben my secret two"), start=1):
        ben.choose(text, "save")
        stored.wait_until_saved(server.data, room, "ben", seq=number)
    addresses = ("/mentions", "/saved", "/search?q=secret", f"/rooms/{room}/search?q=secret")
    lists = []
    for address in addresses:
        page = enter("ben").open(address, wait=False).page
        lists.append(page.locator(".panel" if "rooms" in address else ".main"))
    for shown in lists:
        expect(shown).to_contain_text("my secret one")
    delete(asha, "@ben my secret one")
    for shown in lists:
        expect(shown).not_to_contain_text("my secret one")
        expect(shown).to_contain_text("my secret two")
    asha.choose("@ben my secret two", "edit")
    expect(asha.composer).to_have_value("@ben my secret two")
    asha.write("@ben nothing to see")
    for shown in lists:
        expect(shown).not_to_contain_text("my secret two")
    for shown in lists[:2]:
        expect(shown).to_contain_text("nothing to see")
    delete(asha, "@ben nothing to see")
    expect(lists[0]).to_contain_text("No mentions yet.")
    expect(lists[1]).to_contain_text("Nothing saved yet.")
