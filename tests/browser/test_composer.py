"""Where one types: which keys send, how it grows, and what happens to what cannot be sent."""

import pytest
from playwright.sync_api import expect

from services.core.text import MESSAGE_LIMIT
from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import NO_CONNECTION, Complaints, Person
from tests.conftest import NewFolder
from tests.server import Server

ENTER = """(box, more) => box.dispatchEvent(
  new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...more }))"""


@pytest.fixture
def writer(asha: Person, room: int) -> Person:
    """asha, with a room open."""
    return asha.open(room)


def test_shift_and_enter_make_a_new_line(writer: Person) -> None:
    writer.composer.press_sequentially("one")
    writer.composer.press("Shift+Enter")
    writer.composer.press_sequentially("two")
    expect(writer.composer).to_have_value("one\ntwo")
    writer.composer.press("Enter")
    expect(writer.mine).to_have_count(1)
    assert writer.texts() == ["one\ntwo"]


@pytest.mark.long  # tests/services/core leaves them out, too
def test_pasted_control_characters_are_left_out(writer: Person) -> None:
    writer.composer.fill("Agenda\x0bMonday\x0cpage 2\n\x1b[31merror\x1b[0m: caf\x82")
    writer.composer.press("Enter")
    expect(writer.mine).to_have_attribute("data-state", "sent")
    assert writer.texts() == ["Agenda\nMonday\npage 2\nerror: caf"]


@pytest.mark.parametrize(
    "more", [{"isComposing": True}, pytest.param({"keyCode": 229}, marks=pytest.mark.long)]
)
def test_the_enter_that_chooses_a_word_does_not_send(
    writer: Person, more: dict[str, object]
) -> None:
    writer.composer.fill("にほん")
    assert writer.composer.evaluate(ENTER, more)  # nobody has taken it
    expect(writer.composer).to_have_value("にほん")
    assert not writer.composer.evaluate(ENTER, {})
    writer.until_stored("にほん")


def test_it_grows_with_the_text_up_to_a_limit(writer: Person) -> None:
    def height() -> float:
        return float(writer.composer.evaluate("box => box.offsetHeight"))

    low = height()
    writer.composer.fill("a\nb\nc")
    assert low + 20 < height() < 200
    writer.composer.fill("line\n" * 60)
    assert height() == 200
    expect(writer.page.get_by_test_id("send")).to_be_in_viewport()
    writer.composer.fill("")
    assert height() == low


@pytest.mark.long  # test_small_things.py lets something grow, too
def test_the_newest_message_stays_in_view_while_it_grows(
    writer: Person, server: Server, room: int
) -> None:
    stored.put_messages(server.data, room, [f"message {n}" for n in range(40)], author="asha")
    writer.reload()
    writer.composer.fill("line\n" * 60)
    expect(writer.message("message 39")).to_be_in_viewport(ratio=1)
    writer.composer.fill("")
    writer.write("tower " + "e" + "\u0301" * 100)
    refused = writer.timeline.locator("[data-state=failed]")
    expect(refused.get_by_role("button", name="Edit")).to_be_in_viewport(ratio=1)
    writer.timeline.evaluate("timeline => { timeline.scrollTop = 0; }")
    expect(writer.page.locator(".newest")).to_be_visible()
    writer.composer.fill("line\n" * 60)
    assert writer.timeline.evaluate("timeline => timeline.scrollTop") == 0


def test_it_counts_down_when_little_room_is_left(writer: Person) -> None:
    said = writer.page.locator(".composer .hint")
    writer.composer.fill("x" * (MESSAGE_LIMIT - 300))
    expect(said).to_have_text("")
    writer.composer.fill("x" * (MESSAGE_LIMIT - 100))
    expect(said).to_contain_text("100")
    # Counted as the server does: a sign beyond the Basic Multilingual Plane is one.
    writer.composer.fill("😀" * (MESSAGE_LIMIT - 100))
    expect(said).to_contain_text("100")


def test_what_is_too_long_is_not_sent_and_not_lost(writer: Person) -> None:
    text = "x" * (MESSAGE_LIMIT + 3)
    writer.write(text)
    expect(writer.page.locator(".composer .hint[data-says=over]")).to_contain_text("by 3.")
    expect(writer.composer).to_have_value(text)
    assert writer.shown() == []
    writer.composer.fill(text[:MESSAGE_LIMIT])
    writer.composer.press("Enter")
    expect(writer.mine).to_have_count(1)
    assert writer.texts() == [text[:MESSAGE_LIMIT]]


def test_spaces_alone_are_no_message(writer: Person) -> None:
    writer.write("  \n ")
    expect(writer.page.locator(".composer .hint")).to_have_text("Write something first")
    assert writer.shown() == []
    writer.composer.fill("something")
    expect(writer.page.locator(".composer .hint")).to_have_text("")


# -- what the server refuses -----------------------------------------------------------------------


@pytest.mark.long  # waits for a server of its own; other refusals are shown elsewhere
def test_a_refused_message_stays_with_its_reason_and_can_be_tried_again(
    enter: Enter, new_folder: NewFolder, complaints: Complaints
) -> None:
    complaints.expect(*NO_CONNECTION)  # at the end the server goes first
    with Server(new_folder(), CHAT_MESSAGE_RATE="2 per 3 seconds") as server:
        greta = enter("greta", address=server.address, new=True).sign_up()
        greta.open().say("one", "two")
        room = greta.room_id()
        greta.write("three")
        refused = greta.message("three")
        expect(refused).to_have_attribute("data-state", "failed")
        expect(refused.get_by_role("alert")).to_contain_text("You're going too fast. Try again in")
        greta.reload()
        refused = greta.message("three")
        expect(refused).to_have_attribute("data-state", "failed")
        expect(refused.get_by_role("alert")).to_contain_text("You're going too fast. Try again in")
        # Until the three seconds are over, trying again fails again, and loses nothing.
        while refused.get_attribute("data-state") != "sent":
            refused.get_by_role("button", name="Try again").click()
            expect(refused).not_to_have_attribute("data-state", "sending")
        expect(refused).to_have_count(1)
        assert stored.texts(server.data, room) == greta.texts() == ["one", "two", "three"]
        greta.write("four")
        greta.write("five")
        expect(greta.message("five")).to_have_attribute("data-state", "failed")
        greta.message("five").get_by_role("button", name="Edit").click()
        expect(greta.composer).to_have_value("five")
        expect(greta.message("five")).to_have_count(0)


def test_a_text_that_will_not_do_can_be_mended(writer: Person, ben: Person, room: int) -> None:
    writer.write("tower " + "e" + "\u0301" * 100)
    refused = writer.timeline.locator("[data-state=failed]")
    expect(refused.get_by_role("alert")).to_contain_text("too many accents")
    refused.get_by_role("button", name="Edit").click()
    expect(refused).to_have_count(0)
    writer.composer.fill("no tower")
    writer.composer.press("Enter")
    writer.until_stored("no tower")
    ben.open(room)
    assert ben.texts() == writer.texts() == ["no tower"]


def test_buttons_and_keys_format_what_is_selected(asha: Person, room: int) -> None:
    box = asha.open(room).composer
    bar = asha.page.get_by_role("toolbar", name="Formatting")
    expect(bar).to_be_hidden()
    asha.page.get_by_role("button", name="Formatting").click()
    box.fill("bring it")
    box.press("ControlOrMeta+a")
    bar.get_by_role("button", name="Bold").click()
    expect(box).to_have_value("**bring it**")
    box.press("ControlOrMeta+i")  # what is within stays selected
    expect(box).to_have_value("**_bring it_**")
    box.press("ControlOrMeta+i")
    box.press("ControlOrMeta+b")
    expect(box).to_have_value("bring it")
    box.press("ControlOrMeta+z")
    expect(box).to_have_value("**bring it**")
    box.fill("_bring it_ ")
    box.press("ControlOrMeta+a")
    box.press("ControlOrMeta+i")  # it was selected with its marks, and a space after them
    expect(box).to_have_value("bring it ")
    box.press("ControlOrMeta+a")
    box.press("ControlOrMeta+b")  # no space comes within the marks
    expect(box).to_have_value("**bring it** ")
    asha.say("**bring it**")
    expect(asha.message("bring it").locator("strong")).to_have_text("bring it")
    box.fill("one\ntwo")
    box.press("ControlOrMeta+a")
    bar.get_by_role("button", name="List").click()
    expect(box).to_have_value("- one\n- two")
    bar.get_by_role("button", name="List").click()
    expect(box).to_have_value("one\ntwo")
    box.fill("here")
    box.press("ControlOrMeta+a")
    bar.get_by_role("button", name="Link").click()
    asha.page.keyboard.type("https://example.org")
    expect(box).to_have_value("[here](https://example.org)")
    asha.reload()
    expect(bar).to_be_visible()  # as it was left
    expect(box).to_have_value("[here](https://example.org)")
    box.fill("")
    asha.page.get_by_role("button", name="Formatting").click()
