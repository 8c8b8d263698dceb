"""The two examples in `chat_ui/custom/`, on the screen."""

from playwright.sync_api import expect

from tests.browser.person import Person


def test_a_message_is_copied_as_a_quotation(asha: Person, room: int) -> None:
    asha.context.grant_permissions(["clipboard-read", "clipboard-write"])
    asha.open(room).say("worth quoting")
    asha.choose("worth quoting", "copy_as_quotation")
    expect(asha.page.locator(".said", has_text="Copied as a quotation.")).to_be_visible()
    copied = asha.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("> worth quoting\n>\n> asha")
    assert f"/rooms/{room}/messages/" in copied


def test_statistics_of_a_room(asha: Person, room: int) -> None:
    asha.open(room).say("one")
    asha.say("two")
    asha.page.get_by_test_id("user-menu").click()
    asha.page.get_by_role("menuitem", name="Room statistics").click()
    people = asha.page.get_by_test_id("by-person").locator("li")
    expect(people.first).to_contain_text("asha")
    expect(asha.page.get_by_test_id("days").locator("rect")).to_have_count(30)
    expect(people.first.locator("b")).to_have_text("2")
