"""How a message will look is seen before it is sent, in the place of its text."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.server import Server

RICH = "**Bring** it, @ben: $x^2$\n\n- one\n- two\n\n```python\nprint(1)\n```"
CARET = "box => [box.selectionStart, box.selectionEnd]"


@pytest.fixture
def writer(asha: Person, room: int) -> Person:
    """asha, with a room open."""
    return asha.open(room)


def preview(person: Person) -> Locator:
    """Return the place of the preview."""
    return person.page.get_by_test_id("preview")


def show(person: Person, text: str) -> Locator:
    """Have the preview of a text shown, by the keyboard."""
    person.composer.fill(text)
    person.composer.press("Alt+p")
    expect(preview(person)).to_be_focused()
    return preview(person)


def test_it_is_drawn_as_the_message_will_be(writer: Person, ben: Person, room: int) -> None:
    ben.open(room)
    shown = show(writer, RICH)
    expect(writer.composer).to_be_hidden()
    expect(shown.locator("strong")).to_have_text("Bring")
    expect(shown.locator("math")).to_be_visible()
    expect(shown.locator("li")).to_have_count(2)
    expect(shown.get_by_role("button", name="Copy")).to_be_visible()
    expect(shown.locator(".mention")).to_have_text("@ben")
    look = """body => [body.outerHTML.replace(/ (data-done|class|id)="[^"]*"/g, ''),
      getComputedStyle(body.closest('.bubble')).backgroundColor,
      getComputedStyle(body).font, getComputedStyle(body.querySelector('code')).font]"""
    before = shown.locator(".message-body").evaluate(look)
    assert writer.shown() == ben.shown() == []
    writer.page.keyboard.press("Enter")
    expect(writer.mine).to_have_count(1)
    expect(shown).to_be_hidden()
    expect(writer.composer).to_be_focused()
    expect(writer.composer).to_have_value("")
    assert writer.mine.locator(".message-body").evaluate(look) == before


@pytest.mark.long  # a further detail
def test_one_goes_on_writing_where_one_was(writer: Person) -> None:
    box = writer.composer
    box.fill("line **one**\n" * 40)
    place = "box => { box.setSelectionRange(30, 34); box.scrollTop = 21; return box.scrollTop; }"
    scrolled = box.evaluate(place)
    for back in ("Escape", "Alt+p", "button"):
        box.press("Alt+p")
        expect(preview(writer)).to_be_focused()
        if back == "button":
            writer.page.get_by_role("button", name="Keep writing").click()
        else:
            writer.page.keyboard.press(back)
        expect(preview(writer)).to_be_hidden()
        expect(box).to_be_focused()
        assert box.evaluate(CARET) == [30, 34]
        assert box.evaluate("box => box.scrollTop") == scrolled
    box.press("ControlOrMeta+b")
    box.press("ControlOrMeta+z")
    expect(box).to_have_value("line **one**\n" * 40)  # what was written can still be taken back


@pytest.mark.long  # a further detail
def test_the_button_is_there_when_there_is_something_to_see(writer: Person) -> None:
    button = writer.page.get_by_role("button", name="Preview")
    writer.composer.fill("Good morning, all: see you at 3.")
    expect(button).to_be_hidden()
    for text in ("**bold**", "1. one", "- one", "> said", "$x$", "`x`", "@ben", "a | b", ":tada:"):
        writer.composer.fill(text)
        expect(button).to_be_visible()
    button.click()
    expect(preview(writer)).to_be_focused()
    writer.page.get_by_test_id("send").click()
    writer.until_stored("🎉")
    expect(button).to_be_hidden()
    expect(writer.composer).to_be_focused()


@pytest.mark.long  # a further detail
def test_a_screen_reader_hears_it(writer: Person) -> None:
    shown = show(writer, "**Bring** it")
    expect(shown).to_have_role("region")
    expect(shown).to_have_accessible_name("Preview Only you see this")
    expect(shown).to_have_accessible_description("Bring it")


@pytest.mark.long  # further keys
def test_on_a_mac_and_with_letters_of_hindi_the_key_is_the_same(writer: Person) -> None:
    for key in ("π", "प"):
        writer.composer.fill("**bold**")
        writer.composer.evaluate(
            """(box, key) => box.dispatchEvent(new KeyboardEvent('keydown',
              { key, code: 'KeyP', altKey: true, bubbles: true, cancelable: true }))""",
            key,
        )
        expect(preview(writer)).to_be_focused()
        writer.page.keyboard.press("Escape")


@pytest.mark.long  # a further thing to see
def test_an_edit_can_be_seen_too(writer: Person) -> None:
    writer.say("a plan")
    writer.choose("a plan", "edit")
    expect(writer.composer).to_have_value("a plan")
    shown = show(writer, "**a better plan**")
    expect(shown.locator("strong")).to_have_text("a better plan")
    writer.page.keyboard.press("Escape")  # back to the text, not out of the edit
    expect(writer.page.locator(".composing")).to_be_visible()
    writer.composer.press("Alt+p")
    expect(shown).to_be_focused()
    writer.page.keyboard.press("Enter")
    expect(writer.message("a better plan").locator("strong")).to_be_visible()
    expect(writer.page.locator(".composing")).to_be_hidden()
    expect(shown).to_be_hidden()


def test_what_cannot_be_seen_says_why_and_stays(writer: Person) -> None:
    hint = writer.page.locator(".composer .hint")
    writer.composer.press("Alt+p")
    expect(hint).to_have_text("Write something first")
    tower = "tower " + "e" + "\u0301" * 100
    writer.composer.fill(tower)
    writer.composer.press("Alt+p")
    expect(hint).to_contain_text("too many accents")
    expect(writer.composer).to_have_value(tower)
    writer.complaints.expect("ERR_INTERNET_DISCONNECTED", "WebSocket connection to")
    writer.composer.fill("**bold**")
    writer.context.set_offline(True)
    expect(writer.connection).to_be_visible()
    writer.composer.press("Alt+p")
    expect(hint).to_contain_text("when it is back")
    expect(writer.composer).to_be_visible()


@pytest.mark.long  # a rare case
def test_an_answer_that_comes_too_late_is_dropped(writer: Person) -> None:
    writer.composer.fill("**one**")
    writer.composer.press("Alt+p")
    writer.composer.evaluate(
        "box => { box.value += '!'; box.dispatchEvent(new Event('input', { bubbles: true })) }"
    )
    shown = show(writer, "**three**")  # its answer comes after that of the first
    expect(shown.locator("strong")).to_have_text("three")


@pytest.mark.long  # a further detail
def test_the_timeline_stays_where_it_is(writer: Person, server: Server, room: int) -> None:
    stored.put_messages(server.data, room, [f"message {n}" for n in range(40)], author="asha")
    writer.reload()
    show(writer, RICH)
    expect(writer.message("message 39")).to_be_in_viewport(ratio=1)
    writer.page.keyboard.press("Escape")
    expect(writer.message("message 39")).to_be_in_viewport(ratio=1)
    writer.timeline.evaluate("timeline => { timeline.scrollTop = 300; }")
    expect(writer.page.locator(".newest")).to_be_visible()
    show(writer, RICH)
    assert writer.timeline.evaluate("timeline => timeline.scrollTop") == 300
    writer.page.keyboard.press("Escape")
    assert writer.timeline.evaluate("timeline => timeline.scrollTop") == 300


@pytest.mark.long  # a further detail
def test_another_room_has_its_own_text(writer: Person, server: Server) -> None:
    other = stored.make_room(server.data, "Elsewhere", ["asha"])
    writer.reload()
    show(writer, "**bold**")
    writer.go_to(other)
    expect(writer.composer).to_be_visible()
    expect(writer.composer).to_have_value("")


@pytest.mark.long  # the same on a phone
@pytest.mark.parametrize("size", [(390, 844), (667, 375), (320, 568)])
def test_it_fits_a_phone(enter: Enter, room: int, size: tuple[int, int]) -> None:
    ben = enter("ben", phone=True).resize(*size).open(room)
    ben.composer.fill(RICH + "\n\n" + "word " * 300)
    ben.page.get_by_role("button", name="Preview").tap()
    shown = preview(ben)
    expect(shown.locator("strong")).to_be_visible()
    for name in ("Keep writing", "Send"):
        button = ben.page.get_by_role("button", name=name)
        expect(button).to_be_in_viewport(ratio=1)
        box = button.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 40
    assert ben.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    timeline = ben.timeline.bounding_box()
    assert timeline
    assert timeline["height"] > size[1] / 6
    ben.page.get_by_role("button", name="Keep writing").tap()
    expect(ben.composer).to_be_focused()
