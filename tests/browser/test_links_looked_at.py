"""Programs open links to preview or scan them: a link that works once is not used by that."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import PASSWORD, Person
from tests.server import Server

SCANNERS = ("TelegramBot (like TwitterBot)", "Slackbot-LinkExpanding 1.0", "Mozilla/5.0")


def look_at(page: Page, link: str) -> None:
    """Open a link as such programs do."""
    for agent in SCANNERS:
        for method in ("GET", "HEAD"):
            page.request.fetch(link, method=method, headers={"User-Agent": agent})


@pytest.mark.long  # a further detail
def test_a_reset_link_is_used_by_its_form_alone(asha: Person, enter: Enter, server: Server) -> None:
    owner = enter("forgetful", new=True).sign_up()
    stored.confirm(server.data)
    asha.open("/people", wait=False)
    entry = asha.page.locator(".entry", has_text="@forgetful")
    entry.get_by_role("button", name="Password reset link").click()
    link = asha.page.get_by_role("dialog").locator("input[value*='/reset/']").input_value()
    owner.context.clear_cookies()
    look_at(owner.page, link)
    owner.page.goto(link)
    owner.page.fill("input[name=password]", f"{PASSWORD} again")
    owner.page.click("button[type=submit]")
    owner.wait()
    expect(owner.page.get_by_test_id("user-menu")).to_contain_text("forgetful")


def test_an_invite_is_counted_for_an_account_alone(asha: Person, enter: Enter) -> None:
    asha.open("/people", wait=False)
    asha.page.get_by_role("button", name="Create invite").click()
    link = asha.page.get_by_role("dialog").locator("input[value*='invite=']").input_value()
    guest = enter("guest-of-asha", new=True)
    look_at(guest.page, link)
    asha.open("/people", wait=False)
    expect(asha.page.locator(".entry", has_text="used").first).to_contain_text("0 of 10 used")
