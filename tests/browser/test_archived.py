"""An archived room: it is read, offers nothing that it refuses, and keeps what was begun in it."""

import pytest
from playwright.sync_api import expect

from tests.browser import stored
from tests.browser.person import Person
from tests.server import Server

READING = ["forward", "save", "receipts", "link", "text", "unread", "copy_as_quotation", "delete"]


@pytest.mark.long  # a further detail
def test_its_messages_offer_what_can_be_done(asha: Person, room: int, server: Server) -> None:
    asha.open(room).say("an old plan")
    stored.archive(server.data, room)
    asha.reload()
    message = asha.message("an old plan")
    message.hover()
    expect(message.get_by_role("button", name="React")).to_have_count(0)
    message.get_by_role("button", name="More").click()
    offered = """[...document.querySelectorAll('#message-choices [data-does]')]
      .filter((each) => each.checkVisibility()).map((each) => each.dataset.does).join()"""
    asha.until(f"{offered} === argument", ",".join(READING))
    asha.page.keyboard.press("Escape")
    asha.choose("an old plan", "delete")  # one's own words can be taken back at any time
    asha.page.get_by_role("button", name="Delete", exact=True).click()
    expect(asha.timeline.locator(".stone")).to_have_count(1)


def test_who_is_writing_loses_nothing(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    ben.open(room).composer.fill("half a thought")
    asha.page.locator(".room-title button").click()
    asha.page.get_by_role("button", name="Archive room").click()
    expect(ben.composer).to_have_count(0)
    expect(ben.page.locator(".main")).to_contain_text("This room is archived")
    asha.page.get_by_role("button", name="Undo").click()
    expect(ben.composer).to_have_value("half a thought")


@pytest.mark.long  # a further detail
def test_what_is_unread_in_it_can_be_read(
    asha: Person, ben: Person, room: int, server: Server
) -> None:
    stored.put_messages(server.data, room, ["one", "two"], author="asha")
    stored.archive(server.data, room)
    ben.open(room).sees("one", "two")
    expect(ben.page).to_have_title("Study group · Simple Chat")
    stored.wait_until_read(server.data, room, "ben", seq=2)
