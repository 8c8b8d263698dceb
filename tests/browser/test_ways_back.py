"""Nothing that cannot be done again happens at one press: it asks first, or offers Undo.

Leaving and archiving a room are in `test_rooms.py`.
"""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Enter
from tests.browser.person import Person


@pytest.mark.parametrize(
    ("action", "text", "asked"),
    [
        ("delete", "Precious", "Delete this message?"),
        pytest.param("close_poll", "When?", "Close this poll?", marks=pytest.mark.long),
    ],
)
def test_a_message_is_asked_about_first(
    asha: Person, room: int, action: str, text: str, asked: str
) -> None:
    asha.open(room)
    asha.say("Precious")
    asha.tell("new_poll", {})
    form = asha.page.get_by_test_id("new-poll")
    form.locator("[name=question]").fill("When?")
    form.locator("[name=options]").fill("Now\nLater")
    form.locator("button[type=submit]").click()
    asha.sees("When?")
    asha.choose(text, action)
    expect(asha.page.get_by_role("dialog", name=asked)).to_be_visible()
    asha.page.keyboard.press("Escape")
    expect(asha.page.locator(".q-dialog")).to_have_count(0)
    asha.reload()
    asha.sees("Precious", "When?")
    expect(asha.page.locator(".poll.closed")).to_have_count(0)
    asha.choose(text, action)
    asha.page.locator(".dialog .button").last.click()
    gone = ".message.deleted" if action == "delete" else ".poll.closed"
    expect(asha.page.locator(gone)).to_have_count(1)


@pytest.mark.long  # a further thing to take back
def test_a_message_that_is_saved_no_longer_comes_back(asha: Person, room: int) -> None:
    asha.open(room).say("Worth keeping")
    asha.choose("Worth keeping", "save")
    expect(asha.page.locator(".said")).to_be_visible()
    asha.open("/saved", wait=False)
    kept = asha.page.locator(".message-card", has_text="Worth keeping")
    kept.get_by_role("button", name="Remove from saved").click()
    expect(kept).to_have_count(0)
    asha.page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(kept).to_have_count(1)


@pytest.mark.long  # a further thing to take back
def test_an_invitation_that_is_declined_comes_back(asha: Person, enter: Enter, room: int) -> None:
    dora = enter("dora-declines", new=True).sign_up()
    asha.open(f"/rooms/{room}/members")
    asha.page.locator(".panel [name=username]").fill(dora.name)
    asha.page.keyboard.press("Enter")
    expect(asha.page.locator(".said")).to_contain_text("Invitation sent")
    dora.open("/invitations", wait=False)
    invitation = dora.page.get_by_test_id("invitation")
    invitation.get_by_role("button", name="Decline").click()
    expect(invitation).to_have_count(0)
    link = dora.page.get_by_role("link", name="Invitations")
    expect(link).to_have_count(0)
    toast = dora.page.get_by_role("status").filter(has_text="Invitation declined.")
    toast.get_by_role("button", name="Undo").click()
    expect(invitation).to_have_count(1)
    expect(link).to_be_visible()
    expect(toast).to_have_count(0)
    invitation.get_by_role("button", name="Accept").click()
    expect(dora.timeline).to_be_attached()
