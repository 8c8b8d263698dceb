"""A message that changes, or others that arrive, leave alone what a reader is doing."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.browser.test_files import make_film, pick, sent
from tests.browser.test_menus import open_menu
from tests.browser.test_polls import ask, option
from tests.server import Server


def remember(person: Person, selector: str) -> None:
    """Keep an element, to see later whether it is still the same one in the page."""
    person.page.evaluate(
        "(selector) => { window.kept = document.querySelector(selector); }", selector
    )


def is_kept(person: Person, selector: str) -> bool:
    """Return whether what `remember` kept is what stands there now."""
    return bool(
        person.page.evaluate(
            "(selector) => window.kept && window.kept === document.querySelector(selector)",
            selector,
        )
    )


def react(person: Person, room: int, seq: int, emoji: str = "👍", *, on: bool = True) -> None:
    person.tell("react", {"room": room, "seq": seq, "emoji": emoji, "on": on})


@pytest.mark.long  # makes a film; a sound is played below
def test_a_video_plays_on_while_its_message_changes(
    asha: Person, ben: Person, room: int, tmp_path: Path
) -> None:
    film = make_film(tmp_path)
    asha.open(room)
    ben.open(room)
    pick(asha, film)
    asha.composer.fill("our trip")
    asha.composer.press("Enter")
    video = sent(ben, "film.webm").locator("video")
    expect(video).to_be_visible()
    video.evaluate(
        "(video) => new Promise((done) => { video.onseeked = done; video.muted = true;"
        " video.preload = 'auto'; video.currentTime = 5; })"
    )
    video.evaluate("(video) => video.play()")
    remember(ben, "video")
    react(asha, room, 1)
    expect(ben.page.locator(".reaction .many")).to_have_text("1")
    asha.tell("edit", {"room": room, "seq": 1, "text": "our *trip*"})
    expect(ben.page.locator(".message-body em")).to_have_text("trip")
    asha.choose("our trip", "pin")
    expect(ben.page.locator(".message.pinned")).to_be_visible()
    assert is_kept(ben, "video")
    assert video.evaluate("(video) => video.currentTime >= 5 && !video.paused")


@pytest.mark.long  # a further detail
def test_a_sound_that_is_deleted_falls_silent(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    ben.open(room)
    asha.page.get_by_test_id("file").set_input_files(
        [{"name": "tone.wav", "mimeType": "audio/wav", "buffer": silence(20)}]
    )
    asha.composer.press("Enter")
    player = ben.page.locator(".player")
    expect(player).to_be_visible()
    player.get_by_role("button", name="Play").click()
    expect(ben.page.locator(".player.playing")).to_be_visible()
    react(asha, room, 1)
    expect(ben.page.locator(".reaction .many")).to_have_text("1")
    expect(ben.page.locator(".player.playing")).to_be_visible()
    ben.page.evaluate(
        "() => { HTMLMediaElement.prototype.load = function () { window.silenced = true; }; }"
    )
    asha.page.locator(".message").hover()
    asha.page.locator(".message").get_by_role("button", name="More").click()
    asha.page.locator(".choices [data-does=delete]").click()
    asha.page.get_by_role("button", name="Delete", exact=True).click()
    expect(ben.page.locator(".stone")).to_be_visible()
    ben.until("window.silenced")


def silence(seconds: int) -> bytes:
    """Return a WAV file without a sound in it."""
    rate = 8000
    size = seconds * rate
    head = b"RIFF" + (36 + size).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    form = (1).to_bytes(2, "little") * 2 + rate.to_bytes(4, "little") * 2
    form += (1).to_bytes(2, "little") + (8).to_bytes(2, "little")
    return head + form + b"data" + size.to_bytes(4, "little") + b"\x80" * size


@pytest.mark.long  # a further detail
def test_what_is_unfolded_and_selected_stays_so(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    ben.open(room)
    asha.page.get_by_test_id("file").set_input_files(
        [{"name": "notes.txt", "mimeType": "text/plain", "buffer": b"one\ntwo\nthree\n"}]
    )
    asha.composer.fill("my notes")
    asha.composer.press("Enter")
    excerpt = sent(ben, "notes.txt").locator("details")
    excerpt.locator("summary").click()
    ben.page.evaluate(
        """() => {
          const text = document.querySelector('.message-body p').firstChild;
          getSelection().setBaseAndExtent(text, 3, document.querySelector('.excerpt pre'), 1);
          window.selected = getSelection().toString();
        }"""
    )
    react(asha, room, 1)
    expect(ben.page.locator(".reaction .many")).to_have_text("1")
    expect(excerpt).to_have_attribute("open", "")
    assert ben.page.evaluate("window.selected.length > 5")
    assert ben.page.evaluate("getSelection().toString() === window.selected")
    asha.tell("edit", {"room": room, "seq": 1, "text": "my other notes"})
    expect(ben.page.locator(".message-body")).to_have_text("my other notes")
    expect(excerpt).to_have_attribute("open", "")


@pytest.mark.long  # a further selection
def test_a_selection_outside_of_what_changed_stays(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    ben.open(room)
    asha.say("first\n\nsecond\n\nthird", "next")
    ben.sees("next")
    ben.page.evaluate(
        """() => {
          const [, , third] = document.querySelectorAll('.message-body p');
          const next = [...document.querySelectorAll('.message-body p')].at(-1);
          getSelection().setBaseAndExtent(third.firstChild, 0, next.firstChild, 4);
        }"""
    )
    asha.tell("edit", {"room": room, "seq": 1, "text": "first\n\nnew\n\nchanged\n\nthird"})
    expect(ben.page.locator(".message").first.locator("p")).to_have_text(
        ["first", "new", "changed", "third"]
    )
    selected = ben.page.evaluate("getSelection().toString()")
    assert selected.startswith("third")
    assert selected.endswith("next")


@pytest.mark.long  # a further detail
def test_the_focus_stays_at_the_message(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    ben.open(room)
    asha.say("look")
    ben.sees("look")
    ben.page.keyboard.press("Alt+ArrowUp")
    expect(ben.message("look")).to_be_focused()
    react(asha, room, 1)
    chip = ben.message("look").locator(".reaction[data-emoji='👍']")
    expect(chip.locator(".many")).to_have_text("1")
    expect(ben.message("look")).to_be_focused()
    chip.focus()
    ben.page.keyboard.press("Enter")
    expect(chip.locator(".many")).to_have_text("2")
    expect(chip).to_be_focused()
    react(asha, room, 1, "🎉")
    expect(ben.message("look").locator(".reaction .many")).to_have_text(["2", "1"])
    expect(chip).to_be_focused()
    react(asha, room, 1, on=False)
    expect(chip.locator(".many")).to_have_text("1")
    expect(chip).to_be_focused()
    ben.page.keyboard.press("Enter")  # takes it back: there is no such chip any more
    expect(chip).to_have_count(0)
    expect(ben.message("look")).to_be_focused()


@pytest.mark.long  # a further focus to keep
def test_an_answer_of_a_poll_keeps_the_focus(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    ben.open(room)
    ask(asha, "When?", "Now", "Later")
    now = option(ben, "When?", "Now")
    now.focus()
    ben.page.keyboard.press("Space")
    expect(now).to_have_attribute("aria-checked", "true")
    expect(now).to_be_focused()
    option(asha, "When?", "Later").click()
    expect(option(ben, "When?", "Later").locator(".many")).to_have_text("1")
    expect(now).to_be_focused()


@pytest.mark.long  # a further thing to keep
def test_an_open_menu_stays_at_its_message_and_where_it_is(
    asha: Person, ben: Person, room: int
) -> None:
    asha.open(room)
    ben.open(room)
    asha.say(*(f"line {number}" for number in range(12)), "here")
    ben.sees("here")
    menu = open_menu(ben, "here")
    before = menu.bounding_box()
    remember(ben, ".message-menu .choices")
    react(asha, room, 13)
    expect(ben.message("here").locator(".reaction .many")).to_have_text("1")
    asha.say(*(f"more {number}" for number in range(5)))
    ben.sees("more 4")
    expect(menu).to_be_visible()
    assert menu.bounding_box() == before
    assert is_kept(ben, ".message-menu .choices")
    menu.get_by_role("menuitem", name="Reply", exact=True).click()
    expect(ben.page.locator(".composing")).to_contain_text("here")


@pytest.mark.long  # a rare case
def test_the_menu_of_a_message_that_is_deleted_closes(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    ben.open(room)
    asha.say("oops")
    ben.sees("oops")
    menu = open_menu(ben, "oops")
    asha.choose("oops", "delete")
    asha.page.get_by_role("button", name="Delete", exact=True).click()
    expect(ben.page.locator(".stone")).to_be_visible()
    expect(menu).to_be_hidden()
    expect(ben.page.locator(".stone .message-menu")).to_have_count(0)


@pytest.mark.long  # a rare case
def test_what_was_unfolded_of_a_blocked_person_stays_unfolded(
    enter: Enter, asha: Person, room: int, server: Server
) -> None:
    reader = enter("unfolder", new=True).sign_up()
    with_both = stored.make_room(server.data, "With both", ["asha", "unfolder"])
    stored.put_messages(server.data, with_both, ["hear me out"], author="asha")
    stored.block(server.data, "unfolder", "asha")
    reader.open(with_both)
    reader.page.get_by_role("button", name="Show").first.click()
    expect(reader.message("hear me out").locator(".message-body")).to_be_visible()
    react(asha.open(with_both), with_both, 1)
    expect(reader.page.locator(".reaction .many")).to_have_text("1")
    expect(reader.message("hear me out").locator(".message-body")).to_be_visible()
