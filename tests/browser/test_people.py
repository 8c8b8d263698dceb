"""People on the screen: who they are, talking with them alone, finding and blocking them."""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.server import Server


def newcomers(enter: Enter, *names: str) -> list[Person]:
    """Add people whom nobody has talked with yet."""
    return [enter(name, new=True).sign_up().open() for name in names]


def found(person: Person) -> Locator:
    """Return what the switcher lists."""
    return person.page.get_by_test_id("switcher").get_by_role("option")


def switch(person: Person, words: str) -> None:
    """Go where some letters of a name lead, with nothing but the keyboard."""
    person.page.keyboard.press("Control+k")
    expect(person.page.get_by_test_id("switcher").get_by_role("combobox")).to_be_focused()
    person.page.keyboard.type(words)
    person.page.keyboard.press("Enter")
    expect(person.page.get_by_test_id("switcher")).to_have_count(0)


def title(person: Person) -> Locator:
    """Return what the conversation that is open is called."""
    return person.page.locator(".room-title .name")


def direct(person: Person, name: str) -> Locator:
    """Return an entry among the direct messages."""
    exactly = re.compile(rf"^{re.escape(name)}$")
    entries = person.page.locator("[data-testid=room-list] [data-kind=direct]")
    return entries.filter(has=person.page.locator(".name", has_text=exactly))


@pytest.mark.long  # a context of its own; tests/services stores time zones
def test_the_browser_says_once_which_time_zone_it_is_in(enter: Enter) -> None:
    asha = enter("asha", timezone_id="Asia/Tokyo").open()
    frame = asha.page.locator("[data-frame]")
    expect(frame).to_have_attribute("data-zone", "Asia/Tokyo")
    asha.reload()
    expect(frame).to_have_attribute("data-zone", "Asia/Tokyo")


@pytest.mark.long  # tests/services/accounts stores what is chosen
def test_what_one_chooses_stands_there_again(enter: Enter) -> None:
    asha = enter("quinn", new=True).sign_up().open("/account", wait=False)
    asha.page.fill("[name=quiet_from]", "22:15")
    asha.page.fill("[name=quiet_until]", "06:45")
    asha.page.uncheck("[name=has_sound]")
    form = asha.page.locator("form", has=asha.page.locator("[name=has_sound]"))
    form.get_by_role("button", name="Save").click()
    expect(asha.page.locator(".said.good")).to_be_visible()
    expect(asha.page.locator("[data-frame]")).to_have_attribute("data-sound", "off")
    asha.page.reload()
    expect(asha.page.locator("[name=quiet_from]")).to_have_value("22:15")
    expect(asha.page.locator("[name=quiet_until]")).to_have_value("06:45")
    expect(asha.page.locator("[name=has_sound]")).not_to_be_checked()
    expect(asha.page.locator("[name=shows_receipts]")).to_be_checked()


def test_two_talk_alone_and_the_other_page_shows_it_at_once(enter: Enter) -> None:
    uma, viki = newcomers(enter, "uma", "viki")
    for person in (uma, viki):
        person.mark()
    switch(uma, "viki")
    expect(title(uma)).to_have_text("viki")
    uma.wait()
    expect(direct(viki, "uma")).to_have_count(0)  # nothing was said yet
    uma.say("only for you")
    entry = direct(viki, "uma")
    expect(entry).to_have_attribute("data-unread", "1")
    entry.click()
    viki.wait()
    viki.sees("only for you")
    viki.say("and back")
    uma.sees("and back")
    room = uma.room_id()
    viki.page.locator("[data-room-id='1']").click()
    expect(title(viki)).to_have_text("Lobby")
    switch(viki, "uma")
    expect(title(viki)).to_have_text("uma")
    expect(viki.timeline).to_have_attribute("data-room", str(room))
    assert uma.is_same_page()
    assert viki.is_same_page()


@pytest.mark.long  # a further detail of the switcher
def test_several_are_chosen_by_name(enter: Enter) -> None:
    wim, xena, yuri = newcomers(enter, "wim", "xena", "yuri")
    wim.page.get_by_test_id("new-direct").click()
    box = wim.page.get_by_test_id("switcher")
    expect(box.get_by_role("button", name="Start conversation")).to_have_count(0)
    expect(box).to_contain_text("Up to 19 people.")
    for name in ("xena", "yuri"):
        wim.page.keyboard.type(name)
        expect(found(wim)).to_have_count(1)
        wim.page.keyboard.press("Enter")
        expect(box.locator(".picked button").last).to_have_text(name)
    wim.page.keyboard.press("Enter")
    expect(title(wim)).to_have_text("xena, yuri")
    wim.wait()
    wim.say("hello both")
    for person, name in ((xena, "wim, yuri"), (yuri, "wim, xena")):
        person.accept()
        direct(person, name).click()
        person.sees("hello both")
    # The same people again, from another page, by touch.
    xena.open("/account", wait=False)
    xena.page.get_by_test_id("new-direct").click()
    for name in ("yuri", "wim"):
        xena.page.get_by_test_id("switcher").get_by_role("combobox").fill(name)
        found(xena).filter(has_text=f"@{name}").click()
    xena.page.get_by_role("button", name="Start conversation").click()
    expect(title(xena)).to_have_text("wim, yuri")
    expect(xena.timeline).to_have_attribute("data-room", str(wim.room_id()))


@pytest.mark.long  # a further button of the switcher
def test_a_person_taken_out_again_is_not_in_it(asha: Person) -> None:
    asha.open()
    asha.page.get_by_test_id("new-direct").click()
    box = asha.page.get_by_test_id("switcher")
    for name in ("ben", "chen"):
        box.get_by_role("combobox").fill(name)
        expect(found(asha).first).to_contain_text(f"@{name}")
        found(asha).first.click()
    assert "/people/" not in asha.page.url  # which is where the entry leads that was pressed
    expect(asha.timeline).to_be_attached()
    box.locator(".picked button", has_text="chen").click()
    expect(box.locator(".picked button")).to_have_text(["ben"])
    box.get_by_role("combobox").press("Backspace")
    expect(box.locator(".picked button")).to_have_count(0)
    expect(box.get_by_role("button", name="Start conversation")).to_have_count(0)
    asha.page.keyboard.press("Escape")
    expect(box).to_have_count(0)


def test_the_switcher_finds_rooms_too_and_moves_by_arrows(
    asha: Person, server: Server, room: int
) -> None:
    one = stored.make_room(server.data, "Zebra one", ["asha"])
    two = stored.make_room(server.data, "Zebra two", ["asha"])
    asha.open(room)
    asha.page.locator(".switch").click()  # by touch
    asha.page.keyboard.type("zebra")
    expect(found(asha)).to_have_count(2)
    expect(found(asha).first).to_have_attribute("aria-selected", "true")
    asha.page.keyboard.press("ArrowDown")
    expect(found(asha).nth(1)).to_have_attribute("aria-selected", "true")
    field = asha.page.get_by_test_id("switcher").get_by_role("combobox")
    expect(field).to_have_attribute("aria-activedescendant", "switcher-1")
    chosen = int(found(asha).nth(1).get_attribute("data-room-id") or 0)
    assert chosen in {one, two}
    asha.page.keyboard.press("Enter")
    asha.until("location.pathname === argument", f"/rooms/{chosen}")
    expect(asha.timeline).to_have_attribute("data-room", str(chosen))
    asha.page.keyboard.press("Control+k")
    asha.page.keyboard.type("no such thing at all")
    expect(asha.page.locator(".switcher-none")).to_be_visible()
    asha.page.keyboard.press("Control+k")
    expect(asha.page.get_by_test_id("switcher")).to_have_count(0)


@pytest.mark.long  # a further place to see people
def test_a_card_and_a_panel_about_somebody(asha: Person, ben: Person, room: int) -> None:
    ben.open(room).say("who am I?")
    asha.open(room)
    asha.message("who am I?").locator(".author").click()
    card = asha.page.get_by_role("dialog", name="Profile")
    expect(card.locator(".profile-name")).to_have_text("ben")
    expect(card.locator(".there")).to_have_text(re.compile(r"Local time \d"))
    expect(card.get_by_role("menuitem", name="Message")).to_be_focused()
    asha.page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    asha.message("who am I?").locator(".avatar").click()
    card.get_by_role("menuitem", name="Open profile").click()
    asha.until("location.pathname === argument", f"/rooms/{room}/people/ben")
    panel = asha.page.get_by_role("complementary", name="Profile")
    expect(panel.locator(".profile-name")).to_have_text("ben")
    expect(panel.locator(".common-rooms")).to_contain_text("Study group")
    expect(asha.message("who am I?")).to_be_in_viewport()
    panel.get_by_test_id("talk").click()
    expect(title(asha)).to_have_text("ben")
    expect(asha.timeline).not_to_have_attribute("data-room", str(room))
    direct = asha.room_id()
    title(asha).get_by_role("link", name="ben").click()
    asha.until("location.pathname === argument", f"/rooms/{direct}/people/ben")
    expect(panel.locator(".profile-name")).to_have_text("ben")
    asha.page.go_back()
    expect(panel).to_have_count(0)
    asha.open(room).message("who am I?").locator(".avatar").click()
    card.get_by_role("menuitem", name="Message").click()
    expect(title(asha)).to_have_text("ben")
    expect(asha.timeline).to_have_attribute("data-room", str(direct))
    asha.open("/people/ben", wait=False)
    expect(asha.page.locator(".common-rooms")).to_contain_text("Study group")


def test_a_page_about_nobody_is_not_there(asha: Person) -> None:
    asha.complaints.expect("status of 404")
    answer = asha.page.goto(f"{asha.address}/people/nobody")
    assert answer is not None
    assert answer.status == 404


@pytest.mark.long  # blocks are tested in tests/services/accounts
def test_somebody_blocked_is_folded_away_and_cannot_write(enter: Enter, server: Server) -> None:
    rose, sven, tara = newcomers(enter, "rose", "sven", "tara")
    number = stored.make_room(server.data, "Blocks", ["rose", "sven", "tara"])
    rose.open(number)
    tara.open(number)
    sven.open(number).say("before the block")
    rose.sees("before the block")
    other = rose.context.new_page()
    other.goto(f"{rose.address}/people/sven")
    other.get_by_test_id("block").click()
    expect(other.get_by_test_id("block")).to_have_text("Unblock")
    # The page that is open folds at once what is there, and what comes.
    expect(rose.message("before the block")).to_have_attribute("data-folded", "")
    expect(rose.message("before the block").locator(".bubble")).to_be_hidden()
    sven.say("after the block")
    expect(rose.message("after the block")).to_have_attribute("data-folded", "")
    tara.sees("after the block")
    expect(tara.message("after the block").locator(".bubble")).to_be_visible()
    rose.message("after the block").locator(".unfold").click()
    expect(rose.message("after the block").locator(".bubble")).to_be_visible()
    expect(rose.message("before the block").locator(".bubble")).to_be_hidden()
    rose.reload()
    expect(rose.message("after the block").locator(".bubble")).to_be_hidden()
    # And he begins no conversation with her.
    switch(sven, "rose")
    expect(sven.page.locator(".said")).to_contain_text("can't send direct messages")
    # Until she wants it again.
    other.goto(f"{rose.address}/account")
    other.get_by_role("button", name="Unblock").click()
    expect(rose.message("before the block").locator(".bubble")).to_be_visible()
    switch(sven, "rose")
    expect(title(sven)).to_have_text("rose")
    other.close()


@pytest.mark.long  # a further place where a block shows
def test_in_an_open_conversation_a_block_is_said_under_the_message(enter: Enter) -> None:
    lena, marc = newcomers(enter, "lena", "marc")
    switch(lena, "marc")
    expect(title(lena)).to_have_text("marc")
    lena.wait().say("hello")
    direct(marc, "lena").click()
    marc.sees("hello")
    title(lena).get_by_role("link").click()
    lena.page.get_by_test_id("block").click()
    expect(lena.page.get_by_test_id("block")).to_have_text("Unblock")
    marc.write("are you there?")
    reason = marc.timeline.locator("[data-state=failed] .reason")
    expect(reason).to_contain_text("You can't send direct messages to lena.")


@pytest.mark.long  # a further page at a phone
def test_on_a_phone(enter: Enter) -> None:
    pia = enter("pia", new=True, phone=True).sign_up().open()
    pia.page.locator("button[data-action=rooms]").click()
    pia.page.locator(".switch").tap()
    pia.page.get_by_test_id("switcher").get_by_role("combobox").fill("ben")
    expect(found(pia).first).to_contain_text("@ben")
    found(pia).first.tap()
    pia.wait()
    expect(title(pia)).to_have_text("ben")
    box = pia.page.locator(".room-header").bounding_box()
    assert box is not None
    assert box["width"] <= 390
    assert pia.page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.long  # tests/services/files stores such pictures
def test_a_picture_of_oneself_is_seen_by_others_and_removed(
    enter: Enter, ben: Person, server: Server, tmp_path: Path
) -> None:
    """Where it is open, and in messages that were sent before."""
    olga = enter("olga", new=True).sign_up()
    room = stored.make_room(server.data, "Faces", ["olga", "ben"])
    olga.open(room).say("hello")
    ben.open(room).sees("hello")
    file = tmp_path / "olga.png"
    noise = Image.effect_noise((500, 400), 90)  # as large as a photograph
    noise.save(file)
    assert file.stat().st_size > 150_000
    olga.page.goto(f"{olga.address}/account")
    olga.page.wait_for_function("window.did_handshake")
    olga.page.locator("input[type=file][name=file]").set_input_files(str(file))
    olga.page.get_by_role("button", name="Upload").click()
    expect(olga.page.locator(".own-avatar img.avatar")).to_be_visible()
    face = ben.message("hello").locator("img.avatar")
    expect(face).to_be_visible()
    assert face.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 80
    olga.page.wait_for_function("window.did_handshake")
    olga.page.get_by_role("button", name="Remove picture").click()
    expect(olga.page.locator(".own-avatar svg.avatar")).to_be_visible()
    expect(ben.message("hello").locator("svg.avatar")).to_be_visible()


@pytest.mark.long  # test_stickers.py refuses one, too
def test_what_is_no_picture_is_said_to_be_none(enter: Enter, tmp_path: Path) -> None:
    mona = enter("mona", new=True).sign_up()
    mona.complaints.expect("400")
    file = tmp_path / "notes.png"
    file.write_text("words")
    mona.page.goto(f"{mona.address}/account")
    mona.page.locator("input[type=file][name=file]").set_input_files(str(file))
    mona.page.get_by_role("button", name="Upload").click()
    expect(mona.page.locator("body")).to_contain_text("Choose a JPEG, PNG, GIF or WEBP.")
