"""What was begun is kept for its place: drafts, replies, edits, files, recordings."""

from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Locator, Page, Route, expect

from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.browser.test_failures import HOLD
from tests.browser.test_files import talker, waiting
from tests.server import Server

__all__ = ["talker"]

GONE = "That message is gone. What you typed is now a draft."


@pytest.fixture
def other(server: Server) -> int:
    """A second room of asha's."""
    return stored.make_room(server.data, "Reading circle", ["asha", "ben"])


@pytest.fixture
def writer(asha: Person, room: int, other: int) -> Person:
    """asha, with a room open."""
    return asha.open(room)


def bar(person: Person) -> Locator:
    """Return the bar that says what is edited or replied to."""
    return person.page.locator(".composing")


def hint(person: Person) -> Locator:
    return person.page.locator(".composer .hint")


def edit(person: Person, text: str, new: str) -> None:
    """Begin to edit a message."""
    person.choose(text, "edit")
    expect(person.composer).to_have_value(text)
    person.composer.fill(new)


def reply(person: Person, text: str, answer: str) -> None:
    """Begin a reply to a message."""
    person.message(text).focus()
    person.page.keyboard.press("r")
    expect(bar(person)).to_contain_text("Reply to")
    person.composer.fill(answer)


def shows(person: Person, text: str, about: str | None) -> None:
    """Wait until this is in the composer, and what it is about above it."""
    expect(person.composer).to_have_value(text)
    if about:
        expect(bar(person)).to_contain_text(about)
    else:
        expect(bar(person)).to_be_hidden()


def asked_before_leaving(page: Page) -> list[str]:
    """Note what the browser asks of somebody who leaves the page; they leave."""
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    return asked


# -- in another room, and after a page load --------------------------------------------------------


def test_an_edit_waits_in_its_room_and_leaves_the_draft_alone(
    writer: Person, room: int, other: int
) -> None:
    writer.say("Lunch at noon")
    writer.composer.fill("a draft")
    edit(writer, "Lunch at noon", "Lunch at one")
    writer.go_to(other)
    shows(writer, "", None)
    writer.say("Elsewhere")
    writer.go_to(room)
    shows(writer, "Lunch at one", "Edit message")
    writer.reload()
    shows(writer, "Lunch at one", "Edit message")
    writer.composer.press("Enter")
    expect(writer.message("Lunch at one")).to_have_count(1)
    shows(writer, "a draft", None)
    edit(writer, "Lunch at one", "Lunch never")
    writer.go_to(other).go_to(room)
    shows(writer, "Lunch never", "Edit message")
    writer.composer.press("Escape")
    shows(writer, "a draft", None)
    writer.reload()
    shows(writer, "a draft", None)
    assert writer.texts() == ["Lunch at one"]


@pytest.mark.long  # a further detail
def test_a_reply_waits_in_its_room(writer: Person, ben: Person, room: int, other: int) -> None:
    ben.open(room).say("Who brings bread?")
    reply(writer, "Who brings bread?", "I do")
    writer.go_to(other)
    shows(writer, "", None)
    writer.go_to(room)
    shows(writer, "I do", "Reply to ben")
    writer.reload()
    shows(writer, "I do", "Who brings bread?")
    writer.composer.press("Enter")
    expect(writer.message("I do").locator(".quote")).to_contain_text("Who brings bread?")
    shows(writer, "", None)
    writer.reload()
    shows(writer, "", None)


@pytest.mark.long  # a further way to give up
def test_a_reply_that_is_given_up_is_a_draft(writer: Person, room: int, other: int) -> None:
    writer.say("A question")
    reply(writer, "A question", "Something else")
    writer.composer.press("Escape")
    writer.go_to(other).go_to(room)
    shows(writer, "Something else", None)


@pytest.mark.long  # a rare case
def test_what_a_second_edit_or_a_reply_sets_aside_comes_back(writer: Person) -> None:
    writer.say("One", "Two")
    edit(writer, "One", "One half")
    edit(writer, "Two", "Two whole")
    writer.composer.press("Enter")
    expect(writer.message("Two whole")).to_have_count(1)
    shows(writer, "One half", "Edit message")
    reply(writer, "Two whole", "Good")
    writer.composer.press("Enter")
    expect(writer.message("Good").locator(".quote")).to_have_count(1)
    shows(writer, "One half", "Edit message")
    assert writer.texts() == ["One", "Two whole", "Good"]


@pytest.mark.long  # a rare case
def test_the_answer_to_an_edit_is_for_its_room(writer: Person, room: int, other: int) -> None:
    writer.say("First here")
    writer.go_to(other).say("First there")
    edit(writer, "First there", "Half done")
    writer.go_to(room)
    edit(writer, "First here", "Saved here")
    writer.page.evaluate(HOLD, "edit")
    writer.composer.press("Enter")
    writer.until("window.held")
    writer.go_to(other)
    shows(writer, "Half done", "Edit message")
    writer.page.evaluate("held()")
    expect(writer.room_entry(room)).to_contain_text("Saved here")
    shows(writer, "Half done", "Edit message")
    writer.go_to(room)
    shows(writer, "", None)


@pytest.mark.long  # test_composer.py mends a message
def test_a_refused_reply_is_mended_as_a_reply(writer: Person) -> None:
    writer.say("A question")
    reply(writer, "A question", "tower " + "e" + "\u0301" * 100)
    writer.composer.press("Enter")
    refused = writer.timeline.locator("[data-state=failed]")
    expect(refused).to_be_visible()
    writer.reload()
    refused.get_by_role("button", name="Edit").click()
    expect(bar(writer)).to_contain_text("Reply to")
    writer.composer.fill("no tower")
    writer.composer.press("Enter")
    expect(writer.message("no tower").locator(".quote")).to_contain_text("A question")


# -- what it was about is gone ---------------------------------------------------------------------


@pytest.mark.long  # a rare case
@pytest.mark.parametrize("is_edit", [True, False], ids=["edit", "reply"])
def test_what_was_typed_stays_when_the_message_was_deleted_meanwhile(
    writer: Person, server: Server, room: int, other: int, is_edit: bool
) -> None:
    writer.say("Soon gone")
    (edit if is_edit else reply)(writer, "Soon gone", "Many words")
    writer.go_to(other)
    stored.delete_messages(server.data, room, 1)
    writer.open(room)
    shows(writer, "Many words", None)
    expect(hint(writer)).to_have_text(GONE)
    writer.reload()
    shows(writer, "Many words", None)
    assert "Many words" not in writer.texts()


@pytest.mark.long  # a rare case
def test_a_message_that_is_deleted_while_one_edits_it(
    writer: Person, server: Server, room: int
) -> None:
    writer.say("Soon gone")
    writer.composer.fill("a draft")
    edit(writer, "Soon gone", "Many words")
    stored.delete_messages(server.data, room, 1)
    writer.composer.press("Enter")
    expect(hint(writer)).to_have_text(GONE)
    shows(writer, "Many words\na draft", None)
    expect(writer.composer).to_be_editable()
    assert "Many words" not in stored.texts(server.data, room)


@pytest.mark.long  # a rare case
def test_what_was_begun_outlives_a_room_that_is_closed_for_a_while(
    writer: Person, server: Server, room: int, other: int
) -> None:
    writer.say("Lunch at noon")
    edit(writer, "Lunch at noon", "Lunch at one")
    writer.go_to(other)
    stored.archive(server.data, room)
    writer.open(room)
    expect(writer.page.get_by_test_id("silence")).to_be_visible()
    stored.archive(server.data, room, on=False)
    writer.reload()
    shows(writer, "Lunch at one", "Edit message")


# -- two tabs --------------------------------------------------------------------------------------


@pytest.mark.long  # a further detail
def test_two_tabs_share_a_draft(enter: Enter, writer: Person, room: int) -> None:
    second = enter("asha").open(room)
    writer.composer.press_sequentially("A long text")
    shows(second, "A long text", None)
    second.composer.press_sequentially("!")
    shows(writer, "A long text!", None)
    writer.reload()
    shows(writer, "A long text!", None)
    writer.composer.press("Enter")
    writer.until_stored("A long text!")
    shows(second, "", None)
    second.composer.press_sequentially("Next")
    shows(writer, "Next", None)
    second.composer.press("Enter")
    second.until_stored("Next")
    assert second.texts() == ["A long text!", "Next"]
    reply(second, "Next", "An answer")
    shows(writer, "An answer", "Reply to asha")
    writer.composer.press("Escape")
    shows(second, "An answer", None)


@pytest.mark.long  # a further thing to do in two tabs
def test_an_edit_in_one_tab_leaves_the_draft_of_another(
    enter: Enter, writer: Person, room: int
) -> None:
    writer.say("Lunch at noon")
    edit(writer, "Lunch at noon", "Lunch at one")
    second = enter("asha").open(room)
    shows(second, "", None)
    second.composer.press_sequentially("Something new")
    shows(writer, "Lunch at one", "Edit message")
    writer.composer.press("Enter")
    shows(writer, "Something new", None)
    expect(second.message("Lunch at one")).to_have_count(1)
    shows(second, "Something new", None)
    second.composer.press("Enter")
    second.until_stored("Something new")
    shows(writer, "", None)
    assert second.texts() == ["Lunch at one", "Something new"]


@pytest.mark.long  # a rare case
def test_where_the_browser_keeps_nothing_the_page_does(asha: Person, room: int, other: int) -> None:
    asha.run_first("Storage.prototype.setItem = () => { throw Error('full'); };").open(room)
    asha.say("Lunch at noon")
    asha.composer.fill("a draft")
    edit(asha, "Lunch at noon", "Lunch at one")
    asha.go_to(other)
    shows(asha, "", None)
    asha.go_to(room)
    shows(asha, "Lunch at one", "Edit message")
    asha.composer.press("Escape")
    shows(asha, "a draft", None)


# -- files, recordings and polls -------------------------------------------------------------------


@pytest.mark.long  # records for seconds
def test_what_is_recorded_waits_where_it_was_begun(talker: Person, room: int, other: int) -> None:
    talker.open(room)
    recording = talker.page.locator(".recording")
    talker.page.locator("[data-action=record]").click()
    expect(recording.locator("time")).to_have_text("0:01")
    talker.go_to(other)
    expect(recording).to_be_hidden()
    expect(hint(talker)).to_contain_text("The voice note waits where you began it.")
    talker.composer.press("Enter")
    expect(waiting(talker)).to_have_count(0)
    assert talker.texts() == []
    talker.go_to(room)
    expect(waiting(talker).locator(".file-name")).to_contain_text("Voice note")
    talker.composer.press("Enter")
    expect(talker.page.locator(".message[data-seq] .file[data-kind=audio]")).to_have_count(1)


STREAMS = """() => {
  window.streams = [];
  const devices = navigator.mediaDevices, ask = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wanted) => {
    const stream = await ask(wanted);
    streams.push(stream);
    if (window.wait) await new Promise((resolve) => { window.allow = resolve; });
    return stream;
  };
}"""
LIVE = "streams.flatMap((each) => each.getTracks()).some(({ readyState }) => readyState === 'live')"


@pytest.mark.long  # further ways to leave a recording
def test_nothing_listens_where_no_bar_says_so(talker: Person, room: int, other: int) -> None:
    talker.open(room)
    talker.page.evaluate(STREAMS)
    talker.page.locator("[data-action=record]").click()
    expect(talker.page.locator(".recording time")).to_have_text("0:01")
    talker.page.get_by_role("link", name="Find rooms").click()
    expect(talker.composer).to_have_count(0)
    talker.until(f"!{LIVE}")
    talker.page.go_back()
    expect(waiting(talker)).to_have_count(1)
    talker.page.locator(".tray [data-action=drop-file]").click()
    talker.page.evaluate("window.wait = true")
    talker.page.locator("[data-action=record]").click()
    talker.until("window.allow")  # the browser asks, and one goes elsewhere
    talker.go_to(other)
    talker.page.evaluate("allow()")
    talker.until(f"!{LIVE}")
    expect(talker.page.locator(".recording")).to_be_hidden()


@pytest.mark.long  # loads five pages of a new account
def test_a_recording_and_files_are_not_lost_without_a_word(talker: Person, tmp_path: Path) -> None:
    # Not asha, whose session all tests share: this one ends it.
    gita = Person("gita", talker.context, talker.address, talker.complaints).sign_up().open(1)
    asked = asked_before_leaving(gita.page)
    gita.reload()
    assert asked == []
    (tmp_path / "notes.txt").write_text("notes")
    gita.page.get_by_test_id("file").set_input_files(str(tmp_path / "notes.txt"))
    expect(waiting(gita)).to_have_count(1)
    gita.reload()
    assert asked == ["beforeunload"]
    gita.page.locator("[data-action=record]").click()
    expect(gita.page.locator(".recording time")).to_have_text("0:01")
    Person("gita", talker.context, talker.address, talker.complaints).open(1).log_out()
    gita.page.wait_for_url("**/login")
    assert asked == ["beforeunload"] * 2


@pytest.mark.long  # a further thing to begin
def test_a_poll_half_filled_waits_in_its_room(writer: Person, room: int, other: int) -> None:
    form = writer.page.get_by_test_id("new-poll")
    new_poll = writer.page.locator(".composer [data-ask=new_poll]")
    writer.go_to(other).go_to(room)
    new_poll.click()
    form.locator("[name=question]").fill("Where to?")
    form.locator("[name=options]").fill("Sea\nHills")
    form.locator("[name=multiple]").check()
    writer.page.go_back()
    expect(writer.page.locator(f"[data-testid=timeline][data-room='{other}']")).to_be_attached()
    expect(form).to_have_count(0)
    new_poll.click()
    expect(form.locator("[name=question]")).to_have_value("")
    writer.page.keyboard.press("Escape")
    expect(form).to_have_count(0)
    writer.go_to(room)
    new_poll.click()
    expect(form.locator("[name=question]")).to_have_value("Where to?")
    expect(form.locator("[name=options]")).to_have_value("Sea\nHills")
    expect(form.locator("[name=multiple]")).to_be_checked()
    form.get_by_role("button").click()
    expect(writer.message("Where to?")).to_have_attribute("data-state", "sent")
    new_poll.click()
    expect(form.locator("[name=question]")).to_have_value("")


@pytest.mark.long  # test_web_app.py shares a text, too
def test_what_is_shared_joins_a_reply_that_was_begun(writer: Person, room: int) -> None:
    writer.say("A question")
    reply(writer, "A question", "Look:")
    writer.open("/rooms/mine?text=https%3A%2F%2Fexample.org", wait=False)
    writer.page.get_by_test_id("my-rooms").locator(f"[data-room-id='{room}']").click()
    writer.wait()
    shows(writer, "Look:\nhttps://example.org", "Reply to asha")


@pytest.mark.long  # a further thing to share into
def test_what_is_shared_is_shown_before_an_edit(writer: Person, room: int) -> None:
    writer.say("Lunch at noon")
    edit(writer, "Lunch at noon", "Lunch at one")
    writer.open("/rooms/mine?text=https%3A%2F%2Fexample.org", wait=False)
    writer.page.get_by_test_id("my-rooms").locator(f"[data-room-id='{room}']").click()
    writer.wait()
    shows(writer, "https://example.org", None)
    writer.composer.press("Enter")
    shows(writer, "Lunch at one", "Edit message")
    assert writer.texts() == ["Lunch at noon", "https://example.org"]


@pytest.mark.long  # test_sessions.py leaves no draft behind, either
def test_logging_out_forgets_what_was_begun(enter: Enter) -> None:
    greta = enter("greta", new=True).sign_up()
    greta.open(1).say("Lunch at noon")
    edit(greta, "Lunch at noon", "a secret")
    greta.until("JSON.stringify(sessionStorage).includes('a secret')")

    def without_clearing(route: Route) -> None:  # which browsers do only where there is HTTPS
        answer = route.fetch(max_redirects=0)
        headers = {k: v for k, v in answer.headers.items() if k != "clear-site-data"}
        route.fulfill(response=answer, headers=headers)

    greta.page.route("**/logout", without_clearing)
    greta.log_out()
    greta.until("!JSON.stringify([localStorage, sessionStorage]).includes('secret')")
    greta.page.unroute_all()
