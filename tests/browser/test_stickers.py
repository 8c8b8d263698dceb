"""Stickers: made, found beside the emoji, sent with one click; and pictures that move."""

import re
from pathlib import Path
from secrets import token_hex

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import NO_CONNECTION, Person
from tests.browser.sticker_pictures import keep, moving, still
from tests.browser.test_emoji_picker import picker
from tests.server import Server


def open_stickers(person: Person) -> Locator:
    """Open the picker of emoji, and the stickers in it."""
    person.page.locator(".composer [data-action=emoji]").click()
    picker(person).get_by_role("button", name="Stickers", exact=True).click()
    expect(picker(person).locator(".picker-more")).to_be_visible()
    return picker(person)


def offered(person: Person, name: str) -> Locator:
    """The sticker of this name in the picker, but for those used last."""
    own = picker(person).locator(".picker-stickers section:not([data-part])")
    return own.get_by_role("button", name=name, exact=True)


def sent(person: Person, name: str) -> Locator:
    """The message that is this sticker, once it is stored."""
    return person.timeline.locator(
        f".message[data-seq]:has([data-kind=sticker][data-name='{name}'])"
    )


def send_picture(person: Person, folder: Path, data: bytes, name: str) -> Locator:
    """Send a picture; return its message."""
    file = folder / name
    file.write_bytes(data)
    person.page.get_by_test_id("file").set_input_files(str(file))
    expect(person.page.locator(".tray-file")).to_have_count(1)
    person.write("")
    message = person.timeline.locator(f".message[data-seq]:has(.file[data-name='{name}'])")
    expect(message.locator(".picture img")).to_be_visible()
    return message


def test_a_picture_becomes_a_sticker_and_one_click_sends_it(
    asha: Person, ben: Person, room: int, tmp_path: Path
) -> None:
    (tmp_path / "sun.png").write_bytes(still("gold"))
    ben.open("/rooms", wait=False)
    asha.open(room)
    asha.composer.fill("half a sentence")
    open_stickers(asha).get_by_role("link", name="Add or remove stickers").click()
    form = asha.page.locator("form[action='/stickers/new']")
    form.get_by_label("Name").fill("sunny")
    form.get_by_label("Picture").set_input_files(str(tmp_path / "sun.png"))
    form.get_by_role("button", name="Add sticker").click()
    expect(asha.page.locator(".sticker-entry", has_text="sunny").locator("img")).to_be_visible()
    asha.open(room)
    open_stickers(asha)
    offered(asha, "sunny").click()
    expect(picker(asha)).to_be_hidden()
    expect(sent(asha, "sunny")).to_have_attribute("data-state", "sent")
    expect(asha.composer).to_have_value("half a sentence")
    said = ben.page.locator(f"[data-testid=room-list] [data-room-id='{room}'] .last-said")
    expect(said).to_have_text("asha: Sticker: sunny")
    ben.open(room)
    picture = sent(ben, "sunny").get_by_role("img", name="sunny")
    assert picture.evaluate("(image) => image.decode().then(() => image.width)") == 160
    bubble = f".message[data-seq='{sent(ben, 'sunny').get_attribute('data-seq')}'] .bubble"
    assert ben.style(bubble, "background-color") == "rgba(0, 0, 0, 0)"
    asha.composer.fill("")
    recent = open_stickers(asha).locator(".picker-stickers [data-part=recent] button")
    expect(recent.first).to_have_attribute("title", "sunny")
    asha.page.keyboard.press("Escape")
    sent(asha, "sunny").hover()
    sent(asha, "sunny").get_by_role("button", name="More").click()
    menu = asha.page.locator("#message-choices")
    expect(menu.locator("[data-does=delete]")).to_be_visible()
    expect(menu.locator("[data-does=edit]")).to_be_hidden()
    expect(menu.locator("[data-does=text]")).to_be_hidden()


def test_a_form_says_what_is_wrong(asha: Person, tmp_path: Path) -> None:
    (tmp_path / "notes.png").write_bytes(b"no picture")
    asha.open("/stickers", wait=False)
    form = asha.page.locator("form[action='/stickers/new']")
    form.get_by_label("Name").fill("notes")
    form.get_by_label("Picture").set_input_files(str(tmp_path / "notes.png"))
    asha.complaints.expect("400 \\(Bad Request\\)")
    form.get_by_role("button", name="Add sticker").click()
    expect(asha.page.get_by_text("This is no picture that can be shown.")).to_be_visible()


@pytest.mark.long  # a further detail
def test_the_picture_of_a_message_is_saved_as_a_sticker(
    asha: Person, ben: Person, room: int, tmp_path: Path
) -> None:
    ben.open(room)
    ben.say("no picture")
    send_picture(ben, tmp_path, moving("red"), "run.gif")
    asha.open(room)
    asha.message("no picture").hover()
    asha.message("no picture").get_by_role("button", name="More").click()
    expect(asha.page.locator("#message-choices [data-does=sticker]")).to_be_hidden()
    asha.page.keyboard.press("Escape")
    message = asha.timeline.locator(".message:has(.file[data-name='run.gif'])")
    message.hover()
    message.get_by_role("button", name="More").click()
    asha.page.locator("#message-choices [data-does=sticker]").click()
    name = f"runner {token_hex(2)}"
    dialog = asha.page.locator(".dialog")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    open_stickers(asha)
    offered(asha, name).click()
    moves = sent(ben, name).get_by_role("button", name=f"Pause {name}")
    expect(moves.locator("img")).to_have_attribute("src", re.compile("/file$"))


@pytest.mark.long  # a further detail
def test_keys_find_a_sticker_and_send_it_in_reply(asha: Person, ben: Person, room: int) -> None:
    names = [f"{token_hex(2)} frog", f"{token_hex(2)} toad"]
    for name, colour in zip(names, ("#00ff77", "#00ff78"), strict=True):
        keep(asha, name, still(colour))
    ben.open(room)
    ben.say("How do you like it?")
    asha.open(room)
    asha.message("How do you like it?").focus()
    asha.page.keyboard.press("r")
    found = open_stickers(asha)
    search = found.get_by_role("searchbox", name="Search stickers")
    search.fill("no such sticker")
    expect(found.get_by_text("No sticker found. Try another word.")).to_be_visible()
    search.fill(names[1].upper())
    expect(offered(asha, names[0])).to_be_hidden()
    search.press("ArrowDown")
    expect(offered(asha, names[1])).to_be_focused()
    asha.page.keyboard.press("Enter")
    expect(asha.composer).to_be_focused()
    expect(sent(asha, names[1]).locator(".quoted")).to_have_text("How do you like it?")
    expect(asha.page.locator(".composing")).to_be_hidden()
    expect(sent(ben, names[1])).to_have_count(1)


@pytest.mark.long  # a further detail
def test_a_sticker_waits_for_the_connection(asha: Person, ben: Person, room: int) -> None:
    name = f"{token_hex(2)} cloud"
    keep(asha, name, still("#8899aa"))
    ben.open(room)
    asha.open(room)
    open_stickers(asha)
    expect(offered(asha, name)).to_be_visible()
    asha.complaints.expect(*NO_CONNECTION)
    asha.context.set_offline(True)
    expect(asha.connection).to_be_visible()
    offered(asha, name).click()
    waiting = asha.timeline.locator(".message[data-state=sending] img.sticker")
    expect(waiting).to_have_attribute("alt", name)
    asha.context.set_offline(False)
    expect(sent(asha, name)).to_have_attribute("data-state", "sent")
    expect(sent(ben, name)).to_have_count(1)
    expect(waiting).to_have_count(0)


def test_a_new_chat_has_stickers_to_begin_with(asha: Person, ben: Person, room: int) -> None:
    ben.open(room)
    asha.open(room)
    open_stickers(asha)
    search = picker(asha).get_by_role("searchbox")
    search.fill("चहा")  # in any language of the chat
    expect(offered(asha, "Coffee").locator("img")).to_be_visible()
    expect(offered(asha, "Lunch")).to_be_hidden()
    search.press("Enter")
    expect(sent(asha, "Coffee")).to_have_attribute("data-state", "sent")
    picture = sent(ben, "Coffee").get_by_role("img", name="Coffee")
    assert picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 320
    ben.open("/stickers", wait=False)
    entry = ben.page.locator(".sticker-entry", has_text="Coffee")
    expect(entry.first).to_be_visible()
    expect(entry.get_by_role("button")).to_have_count(0)


@pytest.mark.long  # a further detail
def test_an_administrator_hides_and_removes_stickers_of_the_chat(
    asha: Person, ben: Person, room: int
) -> None:
    asha.open("/stickers", wait=False)
    hidden = asha.page.locator(".sticker-entry", has_text="Deadline")
    hidden.get_by_role("button", name="Stop sharing").click()
    expect(hidden.get_by_role("button", name="Share with everyone")).to_be_visible()
    removed = asha.page.locator(".sticker-entry", has_text="Bug found")
    removed.get_by_role("button", name="Remove").click()
    asked = asha.page.get_by_role("dialog", name="Remove “Bug found” for everyone?")
    asked.get_by_role("button", name="Remove").click()
    expect(removed).to_have_count(0)
    ben.open(room)
    open_stickers(ben)
    expect(offered(ben, "Lunch")).to_be_visible()
    for gone in ("Deadline", "Bug found"):
        expect(offered(ben, gone)).to_have_count(0)
    hidden.get_by_role("button", name="Share with everyone").click()
    expect(hidden.get_by_role("button", name="Stop sharing")).to_be_visible()


def test_a_gif_of_ones_rooms_is_found_and_sent_again(
    asha: Person, ben: Person, room: int, tmp_path: Path
) -> None:
    asha.open(room)
    ben.open(room)
    name = f"ball-{token_hex(3)}.gif"
    send_picture(asha, tmp_path, moving("lime"), name)
    ben.composer.fill("half a sentence")
    ben.page.locator(".composer [data-action=emoji]").click()
    picker(ben).get_by_role("button", name="GIFs", exact=True).click()
    found = picker(ben).locator(".picker-gifs").get_by_role("button", name=name)
    expect(found.locator("img")).to_have_attribute("src", re.compile("/preview$"))
    found.hover()
    expect(found.locator("img")).to_have_attribute("src", re.compile("/file$"))
    search = picker(ben).get_by_role("searchbox")
    with ben.page.expect_response(re.compile(r"/gifs/found\?words=$")):
        search.fill("nothing")
        search.fill("")  # before it is asked for
    expect(found).to_be_visible()
    search.fill("nothing like it")
    expect(picker(ben).get_by_text("No GIF found.")).to_be_visible()
    search.fill(name[:8])
    found.click()
    expect(picker(ben)).to_be_hidden()
    again = asha.timeline.locator(f".message[data-seq]:has(.file[data-name='{name}'])")
    expect(again).to_have_count(2)
    expect(again.last).to_have_attribute("data-author", ben.name)
    expect(again.last.get_by_role("button", name=f"Pause {name}")).to_be_visible()
    expect(ben.composer).to_have_value("half a sentence")


@pytest.mark.long  # a further detail
def test_an_administrator_shares_a_sticker_with_everyone(
    asha: Person, ben: Person, room: int, server: Server
) -> None:
    name = f"{token_hex(2)} star"
    keep(asha, name, still("#ffee00"))
    entry = asha.open("/stickers", wait=False).page.locator(".sticker-entry", has_text=name)
    entry.get_by_role("button", name="Share with everyone").click()
    expect(entry.get_by_text("Shared with everyone")).to_be_visible()
    ben.open(room)
    open_stickers(ben)
    offered(ben, name).click()
    expect(sent(ben, name)).to_have_count(1)
    ben.open("/stickers", wait=False)
    theirs = ben.page.locator(".sticker-entry", has_text=name)
    expect(theirs).to_be_visible()
    expect(theirs.get_by_role("button")).to_have_count(0)
    entry.get_by_role("button", name="Remove").click()
    expect(entry).to_have_count(0)
    ben.open(room)
    expect(sent(ben, name).get_by_role("img", name=name)).to_be_visible()
    open_stickers(ben)
    expect(offered(ben, name)).to_have_count(0)


@pytest.mark.long  # a further detail
def test_a_refused_sticker_can_be_given_up(asha: Person, room: int) -> None:
    asha.open(room)
    number = keep(asha, f"{token_hex(2)} gone", still("#101010"))
    open_stickers(asha)
    button = picker(asha).locator(f"section:not([data-part]) [data-sticker='{number}']")
    button.evaluate("(button) => { button.dataset.sticker = '999999'; }")
    button = picker(asha).locator("section:not([data-part]) [data-sticker='999999']")
    button.click()
    failed = asha.timeline.locator(".message[data-state=failed].stickered")
    expect(failed.locator(".reason")).to_contain_text("no longer there")
    expect(failed.get_by_role("button")).to_have_text(["Try again", "Discard"])
    failed.get_by_role("button", name="Discard").click()
    expect(failed).to_have_count(0)


@pytest.mark.long  # a further detail
def test_a_picture_that_moves_plays_until_it_is_paused(
    asha: Person, ben: Person, room: int, tmp_path: Path
) -> None:
    asha.open(room)
    ben.open(room)
    message = send_picture(asha, tmp_path, moving("lime"), "ball.gif")
    button = message.get_by_role("button", name="Pause ball.gif")
    expect(button.locator("img")).to_have_attribute("src", re.compile("/file$"))
    expect(button.locator(".gif")).to_have_text("GIF")
    button.click()
    paused = message.get_by_role("button", name="Play ball.gif")
    expect(paused.locator("img")).to_have_attribute("src", re.compile("/preview$"))
    seq = int(message.get_attribute("data-seq") or 0)
    ben.tell("react", {"room": room, "seq": seq, "emoji": "👍", "on": True})
    expect(message.locator(".reaction[data-emoji]")).to_have_count(1)
    expect(paused).to_be_visible()
    paused.press("Enter")
    expect(button).to_be_visible()


@pytest.mark.long  # a further detail
@pytest.mark.parametrize("why", ["their choice", "their system"])
def test_nothing_moves_by_itself_for_who_wants_that(
    enter: Enter, asha: Person, server: Server, tmp_path: Path, why: str
) -> None:
    guest = enter(f"guest{token_hex(3)}", new=True).sign_up()
    room = stored.make_room(server.data, "Cinema", ["asha", guest.name])
    asha.open(room)
    send_picture(asha, tmp_path, moving("lime"), "ball.gif")
    if why == "their choice":
        guest.open("/account", wait=False)
        guest.until("window.did_handshake")
        guest.page.locator("[name=animations][value=click]").check(force=True)
        expect(guest.page.locator("[data-animations=click]")).to_have_count(1)
    else:
        guest.page.emulate_media(reduced_motion="reduce")
    guest.open(room)
    button = guest.timeline.get_by_role("button", name="Play ball.gif")
    expect(button.locator("img")).to_have_attribute("src", re.compile("/preview$"))
    button.click()
    playing = guest.timeline.get_by_role("button", name="Pause ball.gif")
    expect(playing.locator("img")).to_have_attribute("src", re.compile("/file$"))
    guest.page.emulate_media(reduced_motion="no-preference")


@pytest.mark.long  # a further detail
@pytest.mark.parametrize("why", ["their choice", "their system"])
def test_what_plays_is_paused_for_who_wants_that_from_now_on(
    enter: Enter, asha: Person, server: Server, tmp_path: Path, why: str
) -> None:
    guest = enter(f"guest{token_hex(3)}", new=True).sign_up()
    room = stored.make_room(server.data, "Cinema", ["asha", guest.name])
    asha.open(room)
    send_picture(asha, tmp_path, moving("lime"), "ball.gif")
    guest.open(room)
    expect(guest.timeline.get_by_role("button", name="Pause ball.gif")).to_be_visible()
    if why == "their choice":
        other = guest.context.new_page()
        other.goto(f"{guest.address}/account")
        other.wait_for_function("window.did_handshake")
        other.locator("[name=animations][value=click]").check(force=True)
        expect(guest.page.locator("[data-animations=click]")).to_have_count(1)
        other.close()
    else:
        guest.page.emulate_media(reduced_motion="reduce")
    button = guest.timeline.get_by_role("button", name="Play ball.gif")
    expect(button.locator("img")).to_have_attribute("src", re.compile("/preview$"))
    guest.page.emulate_media(reduced_motion="no-preference")


@pytest.mark.long  # a further detail
def test_stickers_fit_a_phone(enter: Enter, room: int) -> None:
    phone = enter("asha", phone=True).open(room)
    name = f"{token_hex(2)} phone"
    keep(phone, name, still("#334455"))
    phone.page.locator(".composer [data-action=emoji]").tap()
    picker(phone).get_by_role("button", name="Stickers", exact=True).tap()
    expect(picker(phone)).to_be_in_viewport(ratio=1)
    box = offered(phone, name).bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 44
    offered(phone, name).tap()
    expect(sent(phone, name)).to_have_count(1)
    assert phone.page.evaluate("document.documentElement.scrollWidth") == 390
