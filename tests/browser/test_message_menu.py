"""What people do with messages that are there, and what the others see of it, at once and later."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import stored
from tests.browser.person import Person
from tests.server import Server


def two_in(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    ben.open(room)


def test_an_answer_quotes_and_leads_to_what_it_answers(
    asha: Person, ben: Person, room: int
) -> None:
    two_in(asha, ben, room)
    asha.say("Who brings **cake**?")
    ben.message("Who brings cake?").hover()
    ben.page.locator(".message-menu .bar [data-does=reply]").click()
    expect(ben.page.locator(".composing .what")).to_have_text("Reply to asha")
    ben.say("I do.")
    expect(ben.page.locator(".composing")).to_be_hidden()
    quote = asha.message("I do.").locator(".quote")
    expect(quote.locator(".quoted")).to_have_text("Who brings cake?")
    quote.click()
    expect(asha.message("Who brings cake?")).to_have_class(re.compile("found"))
    asha.choose("Who brings cake?", "edit")
    asha.write("Who brings tea?")
    expect(ben.message("I do.").locator(".quoted")).to_have_text("Who brings tea?")
    ben.reload()
    expect(ben.message("I do.").locator(".quoted")).to_have_text("Who brings tea?")


@pytest.mark.long  # a further way to answer or edit
def test_an_answer_can_be_thought_better_of(asha: Person, room: int) -> None:
    asha.open(room)
    asha.say("One")
    asha.choose("One", "reply")
    asha.composer.press("Escape")
    asha.say("Two")
    expect(asha.message("Two").locator(".quote")).to_have_count(0)


def test_an_edit_is_seen_by_the_other_with_its_history(
    asha: Person, ben: Person, room: int
) -> None:
    two_in(asha, ben, room)
    asha.say("The exam is on Monday")
    ben.sees("The exam is on Monday")
    asha.composer.fill("half a draft")
    asha.choose("The exam is on Monday", "edit")
    expect(asha.composer).to_have_value("The exam is on Monday")
    asha.write("The exam is on Friday")
    ben.sees("The exam is on Friday")
    expect(asha.composer).to_have_value("half a draft")
    ben.message("The exam is on Friday").locator(".edited").click()
    versions = ben.page.locator(".version .message-body")
    expect(versions).to_have_text(["The exam is on Friday", "The exam is on Monday"])


@pytest.mark.long  # a further way to answer or edit
def test_a_refused_edit_loses_nothing(asha: Person, room: int) -> None:
    asha.open(room)
    asha.say("Short")
    asha.choose("Short", "edit")
    asha.write("xxx z" + "\u0335" * 31)
    expect(asha.page.locator(".said")).to_contain_text("too many accents")
    expect(asha.composer).to_be_editable()
    expect(asha.composer).to_have_value(re.compile("^xxx"))
    asha.composer.press("Escape")
    asha.sees("Short")


@pytest.mark.long  # deleting is tested in tests/pages
def test_a_deletion_leaves_a_stone_on_every_page(asha: Person, ben: Person, room: int) -> None:
    two_in(asha, ben, room)
    ben.say("Oops")
    asha.choose("Oops", "delete")
    asha.page.get_by_label("Reason").fill("Not here")
    asha.page.get_by_role("button", name="Delete", exact=True).click()
    for person in (asha, ben):
        expect(person.timeline.locator(".stone[data-says=wordDeletedModerator]")).to_have_count(1)
        assert "Oops" not in person.timeline.inner_text()
    ben.reload()
    expect(ben.timeline.locator(".stone")).to_have_count(1)


@pytest.mark.long  # test_ways_back.py deletes one
def test_a_deleted_message_says_so(asha: Person, ben: Person, room: int) -> None:
    two_in(asha, ben, room)
    asha.say("Oops")
    asha.choose("Oops", "delete")
    asha.page.get_by_role("button", name="Delete", exact=True).click()
    for person in (asha, ben):
        stone = person.timeline.locator(".stone")
        expect(stone).to_be_visible()
        expect(stone).to_have_text("This message was deleted.")
        box = stone.bounding_box()
        assert box
        assert box["width"] > 100, "its words are not seen"


@pytest.mark.long  # test_reconnecting.py cuts the line for messages
def test_what_changed_while_the_line_was_cut_is_there_afterwards(
    asha: Person, ben: Person, room: int
) -> None:
    two_in(asha, ben, room)
    asha.say("one", "two", "three")
    ben.sees("three")
    ben.complaints.expect("WebSocket", "ERR_INTERNET_DISCONNECTED")
    ben.context.set_offline(True)
    ben.page.evaluate("window.socket.io.engine.close()")
    expect(ben.connection).to_be_visible()
    asha.choose("two", "edit")
    asha.write("2")
    asha.sees("2")
    asha.choose("one", "delete")
    asha.page.get_by_role("button", name="Delete", exact=True).click()
    expect(asha.timeline.locator(".stone")).to_have_count(1)
    ben.context.set_offline(False)
    ben.sees("2")
    expect(ben.timeline.locator(".stone")).to_have_count(1)
    assert [each.seq for each in ben.shown()] == [1, 2, 3]


@pytest.mark.long  # a further entry
def test_a_link_opens_the_room_at_the_message(
    asha: Person, ben: Person, room: int, server: Server
) -> None:
    stored.put_messages(server.data, room, [f"line {n}" for n in range(1, 201)], author="asha")
    ben.open(room)
    asha.open(f"/rooms/{room}/messages/60")
    expect(asha.message("line 60")).to_be_in_viewport()
    assert asha.shown()[-1].seq < 100
    ben.say("news")
    expect(asha.page.locator(".newest")).to_have_attribute("data-count", "1")
    for _more in range(4):  # down to the newest, piece by piece
        last = asha.shown()[-1].seq
        asha.timeline.evaluate("(at) => { at.scrollTop = at.scrollHeight; }")
        if last < 201:
            asha.until(
                f"[...document.querySelectorAll('.message[data-seq]')].at(-1).dataset.seq > {last}"
            )
    seqs = [each.seq for each in asha.shown()]
    assert seqs == list(range(seqs[0], 202))
    asha.open(f"/rooms/{room}/messages/60")
    asha.page.locator(".newest").click()
    asha.sees("news")
    asha.open(f"/rooms/{room}/messages/60")
    asha.write("I am back below")
    asha.until_stored("I am back below")
    assert asha.shown()[-1].text == "I am back below"
    seqs = [each.seq for each in asha.shown()]
    assert seqs == list(range(seqs[0], 203))


@pytest.mark.long  # tests/test_routes.py asks for it as outsiders
def test_a_link_to_what_one_may_not_see_leads_nowhere(
    asha: Person, chen: Person, room: int
) -> None:
    asha.open(room)
    asha.say("secret")
    for address in (f"/rooms/{room}/messages/1", f"/rooms/{room}/messages/99"):
        chen.complaints.expect("404")
        chen.open(address, wait=False)
        expect(chen.page.get_by_role("heading", name="Not found")).to_be_visible()
        assert "secret" not in chen.page.content()


@pytest.mark.long  # further lists that lead back
def test_pins_and_saved_messages_lead_back(asha: Person, ben: Person, room: int) -> None:
    two_in(asha, ben, room)
    asha.say("Friday at ten")
    asha.choose("Friday at ten", "pin")
    expect(ben.message("Friday at ten")).to_have_class(re.compile("pinned"))
    ben.choose_in_room("Pinned messages")
    ben.page.locator(".panel .cover").click(position={"x": 4, "y": 4})
    expect(ben.message("Friday at ten")).to_have_class(re.compile("found"))
    expect(ben.page.get_by_role("complementary", name="Pinned messages")).to_be_visible()
    ben.choose("Friday at ten", "save")
    expect(ben.page.locator(".said")).to_be_visible()
    ben.page.get_by_test_id("user-menu").click()
    ben.page.get_by_role("menuitem", name="Saved for later").click()
    saved = ben.page.locator(".message-card").filter(has_text="Friday at ten")
    expect(saved).to_have_count(1)
    saved.get_by_role("button", name="Remove from saved").click()
    expect(saved).to_have_count(0)


PRESS_TWICE = """(box, name) => {
  const option = [...box.querySelectorAll('.switcher-found')]
    .find((each) => each.textContent.includes(name));
  option.click();
  option.click();
  return option.isConnected; // it goes with the answer
}"""


def test_a_message_is_forwarded_with_a_note_and_each_refusal_is_named(
    asha: Person, ben: Person, room: int, server: Server
) -> None:
    other = stored.make_room(server.data, "Another place", ["asha", "ben"])
    full = stored.make_room(server.data, "Closing soon", ["ben", "asha"])
    asha.open(room)
    ben.open(other)
    asha.say("Worth telling")
    asha.choose("Worth telling", "forward")
    box = asha.page.get_by_test_id("switcher")
    for name in ("Another place", "Closing soon"):
        box.get_by_role("combobox").fill(name)
        expect(box.locator(".switcher-found", has_text=name)).to_have_count(1)
        assert box.evaluate(PRESS_TWICE, name)
    expect(box.locator(".picked button")).to_have_text(["Another place", "Closing soon"])
    box.get_by_label("Note").press_sequentially("What do you think?")
    expect(box.get_by_label("Note")).to_have_value("What do you think?")
    stored.archive(server.data, full)
    box.get_by_role("button", name="Forward").click()
    ben.sees("Worth telling", "What do you think?")
    expect(ben.message("Worth telling").locator(".forwarded")).to_be_visible()
    expect(box.get_by_role("alert")).to_have_text(
        "Not sent to Closing soon: This room is archived: you can only read it."
    )
    expect(box.locator(".picked button")).to_have_text(["Closing soon"])
    # As after a lost connection: what is sent again is there once.
    stored.archive(server.data, full, on=False)
    box.get_by_role("button", name="Forward").click()
    expect(box).to_have_count(0)
    expect(asha.message("Worth telling")).to_be_focused()
    ben.open(full).sees("Worth telling", "What do you think?")
    ben.open(other).sees("Worth telling", "What do you think?")


COUNT_ANSWERS = """() => {
  window.answers = 0;
  socket.on('chat_forwarded', () => { window.answers += 1; });
}"""


@pytest.mark.long  # tests/services/files forwards twice
def test_what_is_forwarded_again_is_not_there_twice(asha: Person, room: int) -> None:
    asha.open(room).say("Once")
    wanted = {"room": room, "seq": 1, "id": "forward-again", "targets": [str(room)], "note": "So"}
    asha.page.evaluate(COUNT_ANSWERS)
    asha.tell("forward", wanted, wanted)
    asha.until("window.answers === 2")
    asha.say("After both")
    assert asha.texts() == ["Once", "Once", "So", "After both"]
