"""A webhook from its settings to the message that a program posts."""

import re

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.person import Person
from tests.server import Server


def create(person: Person, name: str) -> str:
    """Create a webhook in the settings of the open room; return its address."""
    person.choose_in_room("Room settings")
    person.page.get_by_test_id("room-webhooks").click()
    person.page.get_by_label("Name of the program").fill(name)
    person.page.get_by_role("button", name="Create webhook").click()
    address = person.page.get_by_test_id("webhook-address")
    expect(address).to_have_value(re.compile(r"/hooks/."))
    return address.input_value()


def test_a_program_posts_what_others_see(
    asha: Person, ben: Person, room: int, server: Server
) -> None:
    ben.open(room)
    asha.open(room)
    address = create(asha, "Thermometer")
    assert address.startswith(f"{server.address}/hooks/")
    command = asha.page.get_by_label("Command").input_value()
    assert command.startswith("curl ")
    assert command.endswith(address)
    asha.page.get_by_role("button", name="Back to webhooks").click()
    expect(asha.page.get_by_test_id("webhooks")).to_contain_text("Not used yet")
    asha.page.get_by_role("button", name="Close").click()

    answer = httpx.post(address, json={"text": "Disk is *full*", "username": "Alerts"})
    assert answer.text == "ok"
    for person in (ben, asha):
        message = person.timeline.locator(".message", has_text="Disk is full")
        expect(message.locator(".author")).to_have_text("Thermometer")
        expect(message.locator(".bot-sign")).to_have_text("Bot")
        expect(message.locator("strong")).to_have_text(["Alerts", "full"])

    asha.page.get_by_test_id("members").click()
    listed = asha.page.locator(".panel .entry", has_text="Thermometer")
    expect(listed.locator(".role")).to_have_text("Bot")
    expect(listed.get_by_role("button")).to_have_count(0)
    expect(asha.page.get_by_test_id("members").locator(".many")).to_have_text("2")


@pytest.mark.long  # tests/services/webhooks removes one, too
def test_a_removed_one_takes_no_more(asha: Person, room: int) -> None:
    asha.open(room)
    address = create(asha, "Uptime Kuma")
    asha.page.get_by_role("button", name="Back to webhooks").click()
    asha.page.get_by_role("button", name="Edit Uptime Kuma").click()
    about = asha.page.locator(".q-dialog[aria-label='Uptime Kuma']")
    about.get_by_label("Name").fill("Status")
    about.get_by_role("button", name="Save").click()
    asha.page.get_by_role("button", name="Edit Status").click()
    asha.page.get_by_text("Remove webhook …").click()
    asha.page.get_by_test_id("remove-webhook").click()
    expect(asha.page.get_by_test_id("webhooks")).to_have_count(0)
    answer = httpx.post(address, json={"text": "Hello"})
    assert answer.status_code == 404
    assert answer.text.startswith("no_service\n")


def test_members_are_not_offered_any(ben: Person, room: int) -> None:
    ben.open(room)
    ben.choose_in_room("Room settings")
    expect(ben.page.get_by_role("heading", name="Room settings")).to_be_visible()
    expect(ben.page.get_by_test_id("room-webhooks")).to_have_count(0)
