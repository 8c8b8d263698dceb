"""Encrypted rooms in a browser: what stands for messages, and what becomes of what was begun."""

import re
from secrets import token_hex
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Locator, expect

from models import MessageKind
from services.rooms.encryption import ALGORITHM
from tests.browser import stored
from tests.browser.person import NO_CONNECTION, PASSWORD, Complaints, Person
from tests.server import Server

KINDS = (MessageKind.ENCRYPTED, MessageKind.ENCRYPTED_EDIT, MessageKind.ENCRYPTED)
LINE = "Encrypted message"


def note(person: Person) -> Locator:
    """Return what stands in place of the composer."""
    return person.page.get_by_test_id("encrypted-note")


def switch_on(owner: Person) -> None:
    """Switch encryption on in the open room."""
    owner.choose_in_room("Room settings")
    owner.page.get_by_text("Switch encryption on …").click()
    owner.page.get_by_test_id("encrypt-room").click()
    expect(note(owner)).to_be_visible()


class App:
    """An app of somebody's, which encrypts as far as the chat cares."""

    def __init__(self, person: Person) -> None:
        self.client = httpx.Client(base_url=f"{person.address}/_matrix/client/v3")
        identifier = {"type": "m.id.user", "user": person.name}
        login = {"type": "m.login.password", "identifier": identifier, "password": PASSWORD}
        answer = self.client.post("/login", json=login).json()
        self.client.headers["Authorization"] = f"Bearer {answer['access_token']}"
        self.host = answer["user_id"].partition(":")[2]

    def send(self, room: int, **more: object) -> str:
        """Send an encrypted message; return its event id."""
        content = {"algorithm": ALGORITHM, "ciphertext": "AwgAEnACgAkLmt6qF84IK", **more}
        where = quote(f"!{room}:{self.host}")
        address = f"/rooms/{where}/send/m.room.encrypted/{token_hex(8)}"
        return str(self.client.put(address, json=content).raise_for_status().json()["event_id"])


def test_messages_are_quiet_lines_and_edits_are_not_seen(
    asha: Person, server: Server, room: int
) -> None:
    stored.put_messages(server.data, room, ["before"], author="ben")
    stored.put_encrypted(server.data, room, KINDS, author="ben")
    asha.open(room)
    page = asha.page
    expect(page.locator(".message:visible .message-body")).to_have_text(["before", LINE, LINE])
    expect(page.locator(".message.silent")).to_be_hidden()
    rule = page.locator(".rule.encryption")
    expect(rule).to_have_count(1)
    assert asha.below(rule) == LINE
    entry = asha.room_entry(room)
    expect(entry).to_contain_text(f"ben: {LINE}")
    expect(entry.get_by_role("img", name="End-to-end encrypted")).to_be_visible()
    last = page.locator(".message:visible").last
    last.hover()
    last.get_by_role("button", name="More").click()
    menu = page.get_by_role("menu")
    expect(menu.get_by_role("menuitem", name="Pin", exact=True)).to_be_visible()
    for entry_name in ("Reply", "Edit", "Forward", "Copy text", "Save for later"):
        expect(menu.get_by_role("menuitem", name=entry_name, exact=True)).to_have_count(0)
    page.keyboard.press("Escape")
    last.focus()
    for text in (LINE, "before"):  # past the one between the two lines
        page.keyboard.press("Alt+ArrowUp")
        expect(page.locator(".message:focus .message-body")).to_have_text(text)


def test_what_was_begun_before_comes_back(
    asha: Person, ben: Person, complaints: Complaints, room: int
) -> None:
    complaints.expect("ERR_INTERNET_DISCONNECTED", *NO_CONNECTION)
    for person in (asha, ben):
        person.open(room)
    asha.say("before")
    ben.sees("before")
    ben.context.set_offline(True)
    expect(ben.connection).to_be_visible()
    ben.write("sent too late")
    ben.composer.fill("half of a thought")
    switch_on(asha)
    expect(asha.page.locator(".rule.encryption")).to_have_count(1)
    ben.context.set_offline(False)
    refused = ben.message("sent too late")
    expect(refused).to_have_attribute("data-state", "failed")
    expect(refused.get_by_role("alert")).to_contain_text("This room is encrypted.")
    expect(ben.page.locator(".rule.encryption + .message")).to_have_attribute(
        "data-state", "failed"
    )
    refused.get_by_role("button", name="Copy text").click()
    copied = "navigator.clipboard.readText().then((text) => text === argument)"
    ben.until_kept(copied, "sent too late")
    expect(refused.get_by_role("button", name="Try again")).to_be_hidden()
    refused.get_by_role("button", name="Discard").click()
    expect(refused).to_have_count(0)
    begun = ben.page.get_by_test_id("unsent")
    expect(begun).to_contain_text("half of a thought")
    begun.get_by_role("button", name="Copy text").click()
    ben.until_kept(copied, "half of a thought")
    begun.get_by_role("button", name="Discard").click()
    expect(begun).to_be_hidden()
    ben.reload()
    expect(note(ben)).to_be_visible()
    expect(begun).to_be_hidden()
    expect(ben.page.locator(".message .message-body")).to_have_text(["before"])


def test_what_an_app_sends_is_shown_at_once_and_an_edit_counts_for_nothing(
    asha: Person, ben: Person, server: Server, room: int
) -> None:
    stored.put_encrypted(server.data, room, (), author="asha")
    asha.open(room)
    ben.open()
    app = App(asha)
    sent = app.send(room)
    line = asha.message(LINE)
    expect(line).to_have_attribute("data-state", "sent")
    entry = ben.room_entry(room)
    expect(entry).to_have_attribute("data-unread", "1")
    expect(entry.locator(".last-said")).to_have_text(f"asha: {LINE}")
    app.send(room, **{"m.relates_to": {"rel_type": "m.replace", "event_id": sent}})
    expect(line.locator(".edited:visible")).to_have_count(1)
    expect(asha.page.locator(".message:visible")).to_have_count(1)
    app.send(room)
    expect(entry).to_have_attribute("data-unread", "2")
    ben.go_to(room)
    expect(ben.page.locator(".message:visible .message-body")).to_have_text([LINE, LINE])
    expect(entry).not_to_have_attribute("data-unread", re.compile("."))


@pytest.mark.long  # a further detail
def test_a_page_goes_on_where_more_edits_come_than_it_keeps_messages(
    asha: Person, complaints: Complaints, server: Server, room: int
) -> None:
    complaints.expect("ERR_INTERNET_DISCONNECTED", *NO_CONNECTION)
    stored.put_messages(server.data, room, ["before"], author="ben")
    asha.open(room)
    asha.sees("before")
    asha.context.set_offline(True)
    expect(asha.connection).to_be_visible()
    edits = [MessageKind.ENCRYPTED_EDIT] * 450
    stored.put_encrypted(server.data, room, edits, author="ben")
    asha.context.set_offline(False)
    expect(asha.page.locator(".message").last).to_have_attribute("data-seq", "451")
    # It has let go of the oldest, and fetched them again, as nothing was left to be seen.
    expect(asha.message("before")).to_be_visible()
