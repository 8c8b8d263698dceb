"""Sending later: a message that waits, is taken back, or comes at its time."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, expect

from tests import postgres
from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.server import Server

LOCAL = """(minutes) => {
  const time = new Date(Date.now() + minutes * 60000);
  return new Date(time - time.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}"""


@pytest.fixture
def writer(asha: Person, room: int, server: Server) -> Person:
    """asha, with a room open, and nothing scheduled."""
    run(server, "DELETE FROM scheduled_messages")
    return asha.open(room)


def run(server: Server, statement: str, *values: object) -> list[tuple[object, ...]]:
    """Run SQL on the database of the server."""
    with postgres.connect(server.data) as database:
        return database.execute(statement, values).fetchall()


def times(server: Server) -> list[datetime]:
    """Return when what waits is sent."""
    rows = run(server, "SELECT send_at FROM scheduled_messages ORDER BY send_at")
    return [datetime.fromisoformat(str(each)).replace(tzinfo=UTC) for (each,) in rows]


def send_later(person: Person, text: str, choice: str = "In an hour") -> None:
    """Write something and choose when it is sent."""
    person.composer.fill(text)
    if person.has_fingers_only:
        person.page.get_by_role("button", name="Add to message").tap()
        person.page.locator("#compose-tools").get_by_role("button", name="Send later").tap()
    else:
        person.page.locator(".composer").get_by_role("button", name="Send later").click()
    person.page.locator("#send-later").get_by_role("menuitem", name=choice).click()


def line(person: Person) -> Locator:
    return person.page.get_by_test_id("will-be-sent")


def listed(person: Person) -> Locator:
    return person.page.get_by_test_id("scheduled").locator("article")


def test_it_waits_and_comes_at_its_time(
    writer: Person, ben: Person, room: int, server: Server
) -> None:
    ben.open(room)
    send_later(writer, "**Now** it is time")
    expect(writer.composer).to_have_value("")
    expect(line(writer)).to_have_text(re.compile("1 message will be sent later"))
    expect(writer.page.locator(".toast")).to_contain_text("It will be sent: ")
    expect(writer.page.locator(".toast time")).not_to_be_empty()
    [moment] = times(server)
    assert abs(moment - datetime.now(UTC) - timedelta(hours=1)) < timedelta(minutes=1)
    assert ben.texts() == writer.texts() == []
    line(writer).click()
    expect(listed(writer)).to_have_count(1)
    expect(listed(writer).locator("strong")).to_have_text("Now")
    listed(writer).get_by_role("button", name="Send now").click()
    ben.sees("Now it is time")
    expect(listed(writer)).to_have_count(0)
    expect(writer.page.get_by_test_id("scheduled")).to_contain_text("Nothing is scheduled.")
    expect(writer.room_entry(room)).to_contain_text("Now it is time")
    expect(writer.room_entry(room)).not_to_have_attribute("data-unread", re.compile("."))


@pytest.mark.long  # a further detail
def test_undo_puts_it_back(writer: Person, server: Server) -> None:
    writer.say("A question")
    writer.message("A question").focus()
    writer.page.keyboard.press("r")
    send_later(writer, "An *answer*")
    expect(line(writer)).to_be_visible()
    expect(writer.page.locator(".composing")).to_be_hidden()
    writer.composer.fill("Something else")
    writer.page.locator(".toast button").click()
    expect(writer.composer).to_have_value("An *answer*\nSomething else")
    expect(writer.page.locator(".composing")).to_contain_text("Reply to")
    expect(line(writer)).to_have_count(0)
    assert times(server) == []
    writer.composer.press("Enter")
    expect(writer.page.locator(".message .quote")).to_have_count(1)


@pytest.mark.long  # a further time to choose
def test_any_time_by_the_own_clock(enter: Enter, writer: Person, room: int, server: Server) -> None:
    india = enter("asha", timezone_id="Asia/Kolkata").open(room)
    for choice, days in (("Tomorrow at", 1), ("Monday at", None)):
        there = datetime.now(UTC) + timedelta(hours=5, minutes=30)
        ahead = days or (7 - there.weekday())
        if days is None and ahead == 1:
            continue  # it is tomorrow, and not offered twice
        send_later(india, choice, choice)
        expect(line(india)).to_have_text(re.compile("message"))
        expect(india.composer).to_have_value("")
        nine = (there + timedelta(days=ahead)).replace(hour=9, minute=0, second=0, microsecond=0)
        assert times(server)[-1] == nine - timedelta(hours=5, minutes=30)
    run(server, "DELETE FROM scheduled_messages")
    send_later(india, "Exactly then", "Choose a time…")
    field = india.page.locator(".dialog input[name=at]")
    expect(field).to_have_value(re.compile(r"^2.*T\d\d:00$"))
    field.fill("2026-01-01T09:00")
    india.page.locator(".dialog form").evaluate("form => { form.noValidate = true; }")
    india.page.locator(".dialog button[type=submit]").click()
    expect(india.page.locator(".dialog .refusal")).to_contain_text("has passed")
    expect(india.composer).to_have_value("Exactly then")
    chosen = (datetime.now(UTC) + timedelta(days=3)).replace(hour=12, minute=34)
    field.fill(f"{chosen:%Y-%m-%dT%H:%M}")
    india.page.locator(".dialog button[type=submit]").click()
    expect(india.page.locator(".dialog")).to_have_count(0)
    expect(india.composer).to_have_value("")
    wanted = chosen.replace(second=0, microsecond=0) - timedelta(hours=5, minutes=30)
    assert times(server) == [wanted]


@pytest.mark.long  # tests/pages/test_scheduled.py uses the list
def test_the_list_changes_edits_and_deletes(writer: Person, room: int, server: Server) -> None:
    writer.say("A question")
    writer.message("A question").focus()
    writer.page.keyboard.press("r")
    send_later(writer, "To be edited")
    expect(line(writer)).to_be_visible()
    writer.open("/scheduled", wait=False)  # a page that has not seen the room
    [before] = times(server)
    listed(writer).get_by_role("button", name="Change time").click()
    field = writer.page.locator(".dialog input[name=at]")
    shown = f"{before.astimezone():%Y-%m-%dT%H:%M}"
    expect(field).to_have_value(shown)
    field.fill(writer.page.evaluate(LOCAL, 60 * 24 * 5))
    writer.page.locator(".dialog button[type=submit]").click()
    expect(writer.page.locator(".dialog")).to_have_count(0)
    assert times(server)[0] > before + timedelta(days=4)

    listed(writer).get_by_role("button", name="Delete").click()
    expect(listed(writer)).to_have_count(0)
    writer.page.locator(".toast button").click()
    expect(listed(writer)).to_have_count(1)
    assert times(server)[0] > before + timedelta(days=4)

    listed(writer).get_by_role("button", name="Edit").click()
    expect(writer.composer).to_have_value("To be edited")
    expect(writer.page.locator(".composing")).to_contain_text("Reply to")
    expect(line(writer)).to_have_count(0)
    assert times(server) == []
    assert writer.texts() == ["A question"]


@pytest.mark.long  # tests/pages/test_scheduled.py lists it, too
def test_what_could_not_be_sent_is_at_the_side(writer: Person, room: int, server: Server) -> None:
    send_later(writer, "It cannot be sent")
    expect(line(writer)).to_be_visible()
    run(server, "UPDATE rooms SET archived_at = '2026-01-01' WHERE id = ?", room)
    run(server, "UPDATE scheduled_messages SET send_at = '2026-01-01 00:00:00.000000'")
    send_later_in_lobby(writer)  # the task looks
    link = writer.page.get_by_role("link", name=re.compile("Not sent"))
    expect(link).to_contain_text("1")
    link.click()
    expect(listed(writer).first).to_contain_text("This room is archived")
    listed(writer).first.get_by_role("button", name="Delete").click()
    expect(link).to_have_count(0)


def send_later_in_lobby(person: Person) -> None:
    person.go_to(1)
    send_later(person, "Another one")


@pytest.mark.long  # the same on a phone
def test_on_a_phone(enter: Enter, room: int, server: Server) -> None:
    run(server, "DELETE FROM scheduled_messages")
    phone = enter("asha", phone=True).open(room)
    phone.resize(320, 640)
    phone.composer.fill("Hello")
    expect(phone.page.locator(".composer > .later-button")).to_be_hidden()
    send_later(phone, "From a phone")
    expect(line(phone)).to_be_visible()
    expect(phone.composer).to_have_value("")
    box = line(phone).bounding_box()
    assert box
    assert box["height"] >= 44
    assert len(times(server)) == 1


@pytest.mark.long  # a further detail
def test_by_keyboard(writer: Person, server: Server) -> None:
    writer.composer.fill("By keys")
    button = writer.page.locator(".composer > .later-button")
    button.focus()
    writer.page.keyboard.press("Enter")
    expect(writer.page.locator("#send-later button").first).to_be_focused()
    writer.page.keyboard.press("ArrowDown")
    writer.page.keyboard.press("Enter")
    expect(line(writer)).to_be_visible()
    assert times(server)[0].minute == 0


@pytest.mark.long  # tests/pages/test_scheduled.py has refusals, too
def test_what_cannot_be_sent_later_says_so(writer: Person, tmp_path, server: Server) -> None:
    hint = writer.page.locator(".composer .hint")
    writer.composer.fill("   ")
    writer.page.locator("#send-later").evaluate("menu => menu.showPopover()")
    writer.page.locator("#send-later").get_by_role("menuitem", name="In an hour").click()
    expect(hint).to_have_text("Write something first")
    (tmp_path / "notes.txt").write_text("notes")
    writer.page.get_by_test_id("file").set_input_files(str(tmp_path / "notes.txt"))
    send_later(writer, "With a file")
    expect(hint).to_have_text("Files can't be sent later. Remove them first.")
    expect(writer.composer).to_have_value("With a file")
    assert times(server) == []
    stored.leave_rooms(server.data, ["asha"])
    writer.page.locator(".tray [data-action=drop-file]").click()
    send_later(writer, "From outside")
    expect(writer.page.locator(".said")).to_be_visible()
    expect(writer.composer).to_have_value("From outside")
    expect(writer.composer).to_be_editable()


@pytest.mark.long  # a further detail
def test_what_another_device_left_is_seen_where_one_logs_it_out(writer: Person) -> None:
    writer.open("/account", wait=False)
    expect(writer.page.get_by_text("Active sessions")).to_be_visible()
    check = writer.page.get_by_test_id("check-scheduled")
    expect(check).to_have_count(0)
    writer.open(1)
    send_later(writer, "written by somebody else")
    expect(writer.composer).to_have_value("")
    writer.open("/account", wait=False)
    expect(check).to_have_text("1 message will be sent later. Check that it is yours.")
    check.get_by_role("link").click()
    expect(listed(writer)).to_contain_text("written by somebody else")
