"""Tokens for bots in a browser: made, copied, used in place of a password, and revoked."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PERMISSIONS, PHONE, Enter


# Long: the same on a phone.
@pytest.mark.parametrize(
    "look",
    [pytest.param({}, id="desktop"), pytest.param(PHONE, id="phone", marks=pytest.mark.long)],
)
def test_a_token_is_made_copied_and_revoked(enter: Enter, look: dict[str, object]) -> None:
    owner = enter("wilma" if look else "xaver", new=True, **look).sign_up()
    page = owner.page
    owner.context.grant_permissions(PERMISSIONS)
    page.goto(f"{owner.address}/account")
    card = page.locator(".card", has_text="Phone apps and bots")
    card.get_by_role("button", name="New token").click()
    dialog = page.locator(".dialog")
    expect(dialog.get_by_label("Name")).to_be_focused()
    page.keyboard.type("Tea reminder")
    page.keyboard.press("Enter")
    token = dialog.get_by_role("textbox", name="Token")
    expect(token).to_have_value(re.compile(r"sct_[\w-]{43}"))
    value = token.input_value()
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog.locator(".button.done")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == value
    dialog.get_by_role("button", name="I saved it").click()
    expect(dialog).to_have_count(0)
    entry = card.get_by_test_id("token")
    expect(entry).to_contain_text("Tea reminder")
    expect(entry).to_contain_text("Not used yet")
    assert value not in page.content()
    sessions = page.locator(".card", has_text="Active sessions")
    expect(sessions.get_by_test_id("session-bot")).to_contain_text("Tea reminder")
    entry.get_by_role("button", name="Revoke").click()
    expect(entry).to_have_count(0)
    expect(sessions.get_by_test_id("session-bot")).to_have_count(0)
