"""A node in a browser: its person logs in there, accepts an invitation, and talks encrypted."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.api.matrix.clients.installed import require_nio
from tests.http_client import PASSWORD
from tests.http_client import Browser as HttpClient
from tests.node.friend import Friend
from tests.node.running import NodeServer
from tests.server import Server

require_nio("vodozemac")


@pytest.mark.long  # two servers and an app, for what tests/node/ does without a browser
def test_somebody_logs_in_and_talks(browser: Browser, tmp_path: Path) -> None:
    with Server(tmp_path / "hub") as hub:
        for name in ("asha", "ben"):
            assert HttpClient(hub.address).register(name).status_code == 303
        with NodeServer(tmp_path / "node", hub) as node, Friend(hub, tmp_path / "b", "ben") as ben:
            page = browser.new_context().new_page()
            page.goto(f"{node.address}/login")
            page.fill("input[name=username]", "asha")
            page.fill("input[name=password]", PASSWORD)
            page.locator("form[action='/login'] button[type=submit]").click()
            page.get_by_test_id("composer").wait_for()
            ben.make_room("Secrets", f"@asha:{ben.user_id.partition(':')[2]}")
            page.locator("a[href='/invitations']").first.click()  # there once there is one
            page.get_by_role("button", name="Accept").click()
            expect(page.get_by_role("heading", name="Secrets")).to_be_visible()
            page.get_by_test_id("composer").fill("Nobody else reads this")
            page.keyboard.press("Enter")
            ben.see("Nobody else reads this")
            for name in ("Send files", "New poll", "Create room", "Record a voice note"):
                expect(page.get_by_label(name, exact=True).first).to_be_hidden()
            expect(page.get_by_role("link", name="Find rooms")).to_have_count(0)
            expect(page.locator(".message", has_text="Nobody else reads this")).to_be_visible()
            page.context.close()
