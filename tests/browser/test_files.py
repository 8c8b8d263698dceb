"""Files: picked, dropped or pasted, seen by the others, and gone when their message is deleted."""

import re
import subprocess
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests.browser import stored
from tests.browser.conftest import ARGUMENTS, Enter, find_browser, new_context
from tests.browser.connection import Line
from tests.browser.person import NO_CONNECTION, Complaints, Person
from tests.server import Server

DATA = """(files) => {
  const data = new DataTransfer();
  for (const { name, type, bytes } of files) {
    data.items.add(new File([new Uint8Array(bytes)], name, { type }));
  }
  return data;
}"""
SLOW = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 100_000}
FAST = SLOW | {"uploadThroughput": -1}


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A photograph's worth of dots, wide rather than high."""
    made = tmp_path / "sunset over the sea.jpg"
    Image.effect_mandelbrot((900, 600), (-2, -1.2, 1, 1.2), 60).convert("RGB").save(made)
    return made


def pick(person: Person, *files: Path) -> None:
    person.page.get_by_test_id("file").set_input_files([str(file) for file in files])


def make_film(folder: Path) -> Path:
    """Make a video of 20 seconds, without sound."""
    film = folder / "film.webm"
    made = ["-f", "lavfi", "-i", "testsrc=duration=20:size=320x240:rate=10", "-c:v", "libvpx"]
    subprocess.run(["ffmpeg", "-v", "error", *made, str(film)], check=True, timeout=60)
    return film


def waiting(person: Person) -> Locator:
    """The files beside the composer."""
    return person.page.locator(".tray .tray-file")


def sent(person: Person, name: str) -> Locator:
    """The message that brought a file of this name."""
    return person.page.locator(f".message[data-seq]:has(.file[data-name='{name}'])")


def is_drawn(image: Locator) -> None:
    """Wait until a picture is not only in the page, but there to be seen."""
    expect(image).to_be_visible()
    image.scroll_into_view_if_needed()
    loaded = "(image) => image.decode().then(() => image.naturalWidth)"
    assert image.evaluate(loaded) > 0


@contextmanager
def slowly(page: Page) -> Iterator[None]:
    """Limit uploads to 100 kB a second inside the block."""
    line = page.context.new_cdp_session(page)
    line.send("Network.emulateNetworkConditions", SLOW)
    yield
    line.send("Network.emulateNetworkConditions", FAST)
    line.detach()


def test_a_picture_is_seen_small_before_it_is_sent_and_then_by_the_others(
    asha: Person, ben: Person, room: int, picture: Path
) -> None:
    asha.open(room)
    ben.open(room)
    pick(asha, picture)
    expect(waiting(asha)).to_have_count(1)
    expect(waiting(asha).locator(".file-name")).to_have_text(picture.name)
    is_drawn(waiting(asha).locator("img"))
    asha.write("Look at **this**")
    for person in (asha, ben):
        message = sent(person, picture.name)
        expect(message.locator(".message-body strong")).to_have_text("this")
        is_drawn(message.locator(".picture img"))
        # Its place was kept before it was there.
        assert message.locator(".picture img").get_attribute("width") == "360"
        assert message.locator(".picture img").get_attribute("height") == "240"
    expect(waiting(asha)).to_have_count(0)
    expect(asha.mine).to_have_count(1)
    expect(sent(asha, picture.name)).to_have_attribute("data-state", "sent")


WATCH = """() => new MutationObserver(() => {
  const file = document.querySelector(".file:has(.awaited)");
  if (file) document.body.dataset.heightBefore = file.offsetHeight;
}).observe(document.body, { childList: true, subtree: true })"""


@pytest.mark.long  # tests/services/files makes previews
def test_the_preview_follows_its_message_and_nothing_moves(
    asha: Person, ben: Person, room: int, picture: Path
) -> None:
    asha.open(room)
    ben.open(room)
    for person in (asha, ben):
        person.page.evaluate(WATCH)
    pick(asha, picture)
    asha.write("Look")
    for person in (asha, ben):
        file = sent(person, picture.name).locator(".file")
        is_drawn(file.locator(".picture img"))
        expect(file.locator(".awaited")).to_have_count(0)
        height = file.evaluate("(file) => String(file.offsetHeight)")
        expect(person.page.locator("body")).to_have_attribute("data-height-before", height)
        expect(sent(person, picture.name).locator(".edited")).to_have_count(0)


@pytest.mark.long  # a further way to send a file
def test_several_are_sent_in_their_order_while_one_goes_on_writing(
    asha: Person, ben: Person, room: int, tmp_path: Path
) -> None:
    asha.open(room)
    ben.open(room)
    files = [tmp_path / f"{name}.bin" for name in ("first", "second", "third")]
    for number, file in enumerate(files):
        file.write_bytes(bytes([number]) * 150_000)
    pick(asha, *files)
    expect(waiting(asha)).to_have_count(3)
    waiting(asha).nth(1).get_by_role("button").click()
    expect(waiting(asha)).to_have_count(2)
    with slowly(asha.page):
        asha.write("Two files")
        progress = asha.page.locator(".message[data-state=sending] progress").first
        expect(progress).to_be_visible()
        asha.page.wait_for_function(
            "(bar) => bar.value > 0 && bar.value < 1", arg=progress.element_handle()
        )
        asha.write("written meanwhile")
        expect(ben.message("written meanwhile")).to_be_visible()
        expect(sent(asha, "third.bin")).to_be_visible()
    expect(ben.page.locator(".message[data-seq]")).to_have_count(3)
    names = ben.page.locator(".message[data-seq] .file").evaluate_all(
        "(files) => files.map((file) => file.dataset.name)"
    )
    assert names == ["first.bin", "third.bin"]


@pytest.mark.long  # a further way to choose a file
def test_a_file_can_be_dropped_on_the_conversation(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    ben.open(room)
    files = [{"name": "notes.txt", "type": "text/plain", "bytes": list(b"one\ntwo\n")}]
    data = asha.page.evaluate_handle(DATA, files)
    view = asha.page.locator(".view")
    asha.page.get_by_test_id("timeline").dispatch_event("dragover", {"dataTransfer": data})
    expect(view).to_have_class("view dropping")
    asha.page.get_by_test_id("timeline").dispatch_event("drop", {"dataTransfer": data})
    expect(view).not_to_have_class("view dropping")
    expect(waiting(asha)).to_have_count(1)
    asha.composer.press("Enter")
    excerpt = sent(ben, "notes.txt").locator(".excerpt")
    expect(excerpt.locator("pre")).to_be_hidden()
    excerpt.locator("summary").click()
    expect(excerpt.locator("pre")).to_have_text("one\ntwo")


@pytest.mark.long  # a further way to add a file
def test_a_picture_can_be_pasted(asha: Person, room: int, picture: Path) -> None:
    asha.open(room)
    files = [{"name": "image.jpg", "type": "image/jpeg", "bytes": list(picture.read_bytes())}]
    data = asha.page.evaluate_handle(DATA, files)
    asha.composer.evaluate(
        "(box, clipboardData) => box.dispatchEvent(new ClipboardEvent('paste', "
        "{ clipboardData, bubbles: true, cancelable: true }))",
        data,
    )
    expect(waiting(asha)).to_have_count(1)
    asha.page.get_by_test_id("send").click()
    is_drawn(sent(asha, "image.jpg").locator(".picture img"))


def test_what_is_on_its_way_can_be_cancelled(
    asha: Person, ben: Person, room: int, tmp_path: Path
) -> None:
    asha.open(room)
    ben.open(room)
    big = tmp_path / "big.bin"
    big.write_bytes(b"x" * 2_000_000)
    pick(asha, big)
    held: list[Route] = []
    with asha.page.route("**/files", lambda route: held.append(route)):  # hardly moves
        asha.write("never mind")
        coming = asha.page.locator(".message[data-state=sending]")
        with asha.page.expect_event("requestfailed"):
            coming.get_by_role("button", name="Cancel").click()
        expect(coming).to_have_count(0)
    assert len(held) == 1
    asha.say("something else")
    expect(ben.message("something else")).to_be_visible()
    expect(ben.page.locator(".message .file")).to_have_count(0)


@pytest.mark.long  # a further way to fail
def test_a_broken_connection_says_so_and_offers_to_try_again(
    asha: Person, ben: Person, room: int, tmp_path: Path
) -> None:
    asha.open(room)
    ben.open(room)
    asha.complaints.expect("ERR_FAILED")
    file = tmp_path / "homework.bin"
    file.write_bytes(b"x" * 100_000)
    pick(asha, file)
    with asha.page.route("**/files", lambda route: route.abort()):
        asha.write("my homework")
        failed = asha.page.locator(".message[data-state=failed]")
        expect(failed.locator(".reason")).to_have_text("Connection lost. Try again.")
    failed.locator("[data-action=retry]").click()
    expect(sent(ben, "homework.bin").locator(".message-body")).to_have_text("my homework")
    expect(asha.page.locator(".message")).to_have_count(1)


@pytest.mark.long  # a further way to fail
def test_what_was_stored_while_the_answer_was_lost_stands_there_once(
    enter: Enter, ben: Person, room: int, tmp_path: Path, server: Server
) -> None:
    file = tmp_path / "homework.bin"
    file.write_bytes(b"x" * 100_000)
    with Line(server.port) as line:
        asha = enter("asha", address=line.address)
        asha.complaints.expect(*NO_CONNECTION)
        asha.open(room)
        ben.open(room)
        line.lose_answers()
        pick(asha, file)
        asha.write("my homework")
        expect(sent(ben, "homework.bin")).to_have_count(1)
        line.cut()
        line.mend()
        expect(sent(asha, "homework.bin")).to_have_count(1)
        expect(asha.page.locator(".message")).to_have_count(1)
    expect(ben.page.locator(".message")).to_have_count(1)


def test_what_is_too_large_is_said_before_it_is_sent(
    asha: Person, room: int, tmp_path: Path
) -> None:
    asha.open(room)
    huge = tmp_path / "huge.bin"
    with huge.open("wb") as file:
        file.truncate(25_000_001)
    pick(asha, huge)
    expect(waiting(asha).locator(".file-facts")).to_have_text("Larger than 25 MB")
    asha.write("here it is")
    expect(asha.composer).to_have_value("here it is")
    waiting(asha).get_by_role("button").click()
    asha.composer.press("Enter")
    asha.until_stored("here it is")


@pytest.mark.long  # a further way to show a file
def test_pictures_open_in_full_size_one_after_the_other(
    asha: Person, ben: Person, room: int, picture: Path, tmp_path: Path
) -> None:
    asha.open(room)
    other = tmp_path / "second.png"
    Image.new("RGB", (300, 500), "teal").save(other)
    pick(asha, picture, other)
    asha.composer.press("Enter")
    ben.open(room)
    for name in (picture.name, "second.png"):  # their previews follow the messages
        expect(sent(ben, name).locator(".picture img")).to_be_visible()
    sent(ben, picture.name).locator(".picture").click()
    viewer = ben.page.locator("#viewer")
    first = viewer.locator("figure", has_text=picture.name)
    second = viewer.locator("figure", has_text="second.png")
    expect(first).to_be_in_viewport(ratio=1)
    expect(first.locator(".from")).to_have_text(re.compile(r"asha · .*\d{4}"))
    shown = first.locator("img")
    is_drawn(shown)
    assert shown.evaluate("(image) => image.naturalWidth") == 900
    expect(first.locator("[data-action=picture-before]")).to_be_hidden()
    first.locator("[data-action=picture-after]").click()
    expect(second).to_be_in_viewport(ratio=1)
    expect(first).not_to_be_in_viewport()
    ben.page.keyboard.press("ArrowLeft")
    expect(first).to_be_in_viewport(ratio=1)
    with ben.page.expect_download() as saved:
        first.locator("a[download]").click()
    assert saved.value.suggested_filename == picture.name
    ben.page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()
    expect(ben.page).to_have_url(f"{ben.address}/rooms/{room}")


@pytest.mark.long  # a further kind of file
def test_a_video_can_be_moved_to_another_place(
    asha: Person, ben: Person, room: int, tmp_path: Path
) -> None:
    film = make_film(tmp_path)
    asha.open(room)
    ben.open(room)
    pick(asha, film)
    asha.composer.press("Enter")
    video = sent(ben, "film.webm").locator("video")
    expect(video).to_be_visible()
    at = video.evaluate(
        "(video) => new Promise((done) => { video.onseeked = () => done(video.currentTime);"
        " video.preload = 'auto'; video.currentTime = 15; })"
    )
    assert at == 15


@pytest.mark.long  # covered in tests/services/files
def test_a_deleted_message_takes_its_file_along(
    asha: Person, ben: Person, room: int, picture: Path
) -> None:
    asha.open(room)
    ben.open(room)
    pick(asha, picture)
    asha.write("a mistake")
    where = sent(ben, picture.name).locator(".picture").get_attribute("href")
    assert ben.context.request.get(ben.address + where).status == 200
    sent(asha, picture.name).hover()
    asha.page.locator("[popovertarget=message-choices]").click()
    asha.page.get_by_role("menuitem", name="Delete").click()
    asha.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(ben.page.locator(".message.deleted")).to_have_count(1)
    expect(ben.page.locator(".message .file")).to_have_count(0)
    assert ben.context.request.get(ben.address + where).status == 404


@pytest.mark.long  # tests/test_routes.py asks for files as outsiders
def test_a_stranger_sees_nothing_of_it(
    asha: Person, chen: Person, enter: Enter, room: int, picture: Path, server: Server
) -> None:
    asha.open(room)
    pick(asha, picture)
    asha.composer.press("Enter")
    where = sent(asha, picture.name).locator(".picture").get_attribute("href")
    small = sent(asha, picture.name).locator("img").get_attribute("src")
    for address in (where, small, where + "?save"):
        assert asha.context.request.get(server.address + address).status == 200
        assert chen.context.request.get(server.address + address).status == 404


@pytest.fixture
def talker(
    browser: Browser, complaints: Complaints, contexts: dict[str, BrowserContext], server: Server
) -> Iterator[Person]:
    """asha, whose browser gives pages the microphone: the headless shell can ask nobody."""
    chromium = browser.browser_type
    arguments = [*ARGUMENTS, "--use-fake-ui-for-media-stream"]
    with chromium.launch(executable_path=find_browser(chromium), args=arguments) as started:
        context = new_context(started, storage_state=contexts["asha"].storage_state())
        yield Person("asha", context, server.address, complaints)


@pytest.mark.long  # records for seconds
def test_a_voice_note_is_recorded_small_and_heard_by_the_other(
    talker: Person, ben: Person, room: int
) -> None:
    talker.open(room)
    ben.open(room)
    talker.page.locator("[data-action=record]").click()
    recording = talker.page.locator(".recording")
    expect(recording.locator("time")).to_have_text("0:02")
    recording.locator("[data-action=record-done]").click()
    expect(recording).to_be_hidden()
    expect(waiting(talker).locator(".file-name")).to_contain_text("Voice note")
    talker.composer.press("Enter")
    file = ben.page.locator(".message .file[data-kind=audio]")
    player = file.locator(".player")
    expect(player.locator(".wave path").first).to_be_visible()
    assert str(file.get_attribute("data-name")).endswith(".webm")
    seconds = int(str(player.get_attribute("data-seconds")))
    assert 2 <= seconds < 20  # longer where a busy machine is late to press the button
    # A second of WAV has 32 kB.
    assert int(str(file.get_attribute("data-size"))) < seconds * 10_000
    expect(player.get_by_role("slider", name="Position")).to_have_attribute(
        "aria-valuetext", re.compile("^0:00 of 0:")
    )
    ben.page.evaluate(COUNT_SOUNDS)
    player.get_by_role("button", name="Play").click()
    expect(player.get_by_role("button", name="Pause")).to_be_visible()
    ben.page.wait_for_function("window.ended === 1")
    expect(player.get_by_role("button", name="Play")).to_be_visible()


COUNT_SOUNDS = """() => {
  window.ended = 0;
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    window.sound = this;
    this.addEventListener("ended", () => { window.ended += 1; }, { once: true });
    return play.call(this);
  };
}"""
"""Keeps the element that plays, and counts how often it comes to an end."""


def recording(file: Path, *, seconds: int) -> Path:
    """Write a recording of silence."""
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16_000 * seconds))
    return file


@pytest.mark.long  # the one above plays a sound
def test_one_sound_plays_at_a_time_at_the_chosen_speed_and_place(
    asha: Person, ben: Person, room: int, tmp_path: Path
) -> None:
    asha.open(room)
    pick(asha, *(recording(tmp_path / f"{name}.wav", seconds=60) for name in ("one", "two")))
    asha.composer.press("Enter")
    ben.open(room)
    ben.page.evaluate(COUNT_SOUNDS)
    players = ben.page.locator(".player")
    expect(players).to_have_count(2)
    first, second = players.nth(0), players.nth(1)
    first.get_by_role("button", name="Play").click()
    expect(first.get_by_role("button", name="Pause")).to_be_visible()
    second.get_by_role("button", name="Play").click()
    expect(second.get_by_role("button", name="Pause")).to_be_visible()
    expect(first.get_by_role("button", name="Play")).to_be_visible()
    slider = second.get_by_role("slider")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(" of 1:00$"))
    slider.fill("30")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^0:3"))
    slider.press("ArrowRight")
    assert ben.page.evaluate("sound.currentTime") > 30
    for speed in ("1.5×", "2×"):
        second.locator(".speed").click()
        expect(first.locator(".speed")).to_have_text(speed)
    assert ben.page.evaluate("sound.playbackRate") == 2
    # It goes on while its message is drawn again.
    seq = int(str(sent(ben, "two.wav").get_attribute("data-seq")))
    asha.tell("react", {"room": room, "seq": seq, "emoji": "👍", "on": True})
    expect(sent(ben, "two.wav").locator(".reaction .many")).to_have_text("1")
    expect(second.get_by_role("button", name="Pause")).to_be_visible()
    ben.reload()
    expect(players.nth(1).locator(".speed")).to_have_text("2×")


@pytest.mark.long  # a detail of the look
def test_a_picture_reaches_to_the_edges_and_has_the_time_at_its_foot(
    asha: Person, ben: Person, room: int, picture: Path
) -> None:
    asha.open(room)
    ben.open(room)
    pick(asha, picture)
    asha.composer.press("Enter")
    message = sent(asha, picture.name)
    is_drawn(message.locator(".picture img"))
    bubble, shown, time = boxes_of(
        *(message.locator(part) for part in (".bubble", ".picture img", "header"))
    )
    assert bubble == shown
    assert shown["x"] < time["x"]
    assert time["x"] + time["width"] < shown["x"] + shown["width"]
    assert time["y"] + time["height"] < shown["y"] + shown["height"]
    expect(message).not_to_contain_text(picture.name)


def boxes_of(*elements: Locator) -> list[dict[str, float]]:
    """Return where elements are, rounded to pixels, once nothing moves them any more."""
    before, found = [], [box_of(each) for each in elements]
    while found != before:
        before, found = found, [box_of(each) for each in elements]
    return found


def box_of(element: Locator) -> dict[str, float]:
    """Return where an element is, rounded to pixels."""
    found = element.bounding_box()
    assert found
    return {name: round(value) for name, value in found.items()}


@pytest.mark.long  # a detail of the look
@pytest.mark.parametrize("density", ["comfortable", "compact"])
def test_pictures_sent_together_stand_in_a_grid(
    enter: Enter, ben: Person, tmp_path: Path, density: str, server: Server
) -> None:
    name = f"gita_{density}"
    gita = enter(name, new=True).sign_up()
    room = stored.make_room(server.data, f"Album {density}", [name, "ben"])
    files = [tmp_path / f"{number}.png" for number in range(4)]
    for number, file in enumerate(files):
        Image.new("RGB", (300, 200 + 100 * number), "teal").save(file)
    gita.open("/account", wait=False)
    gita.page.wait_for_function("window.did_handshake")
    gita.page.locator(f".choice input[value={density}]").check()
    expect(gita.page.locator("[data-frame]")).to_have_attribute("data-density", density)
    gita.open(room)
    ben.open(room)
    pick(gita, *files)
    gita.write("Four of **them**")
    for person in (gita, ben):
        for file in files:
            is_drawn(sent(person, file.name).locator(".picture img"))
        expect(sent(person, files[-1].name)).to_have_attribute("data-tile", "wide")
        places = boxes_of(*(sent(person, file.name).locator(".picture") for file in files))
        first, left, right, last = places
        # Of an odd number the first has a row for itself, and so has the one with the text.
        assert (left["y"], left["width"]) == (right["y"], right["width"])
        assert left["x"] + left["width"] < right["x"]
        assert first["x"] == left["x"] == last["x"]
        assert abs(first["width"] - last["width"]) <= 1
        assert abs(right["x"] + right["width"] - first["x"] - first["width"]) <= 1
        assert first["y"] + first["height"] < left["y"]
        assert left["y"] + left["height"] < last["y"]
        expect(sent(person, files[-1].name).locator(".message-body strong")).to_have_text("them")
        # Each is a message: its menu is on it.
        sent(person, files[1].name).locator(".picture").hover()
        menu = box_of(sent(person, files[1].name).locator(".message-menu .bar"))
        assert left["x"] < menu["x"] < menu["x"] + menu["width"] < right["x"]


@pytest.mark.long  # a further detail of the grid
def test_a_picture_less_leaves_no_hole(
    asha: Person, ben: Person, room: int, tmp_path: Path
) -> None:
    files = [tmp_path / f"{number}.png" for number in range(3)]
    for file in files:
        Image.new("RGB", (300, 200), "teal").save(file)
    asha.open(room)
    ben.open(room)
    pick(asha, *files)
    asha.composer.press("Enter")
    tiles = ben.page.locator(".message[data-tile]")
    expect(tiles).to_have_count(3)
    asha.tell("message_action", {"action": "delete", "room": room, "seq": _seq(asha, files[0])})
    asha.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(tiles).to_have_count(2)
    expect(sent(ben, files[1].name)).to_have_attribute("data-tile", "start")
    expect(sent(ben, files[2].name)).to_have_attribute("data-tile", "end")


def _seq(person: Person, file: Path) -> int:
    return int(str(sent(person, file.name).get_attribute("data-seq")))


@pytest.mark.long  # a further detail of the viewer
def test_fingers_enlarge_a_picture_and_pull_it_away(
    enter: Enter, ben: Person, room: int, picture: Path
) -> None:
    ben.open(room)
    pick(ben, picture)
    ben.composer.press("Enter")
    phone = enter("asha", phone=True).open(room)
    is_drawn(sent(phone, picture.name).locator(".picture img"))
    sent(phone, picture.name).locator(".picture").tap()
    viewer = phone.page.locator("#viewer")
    image = viewer.locator("img")
    is_drawn(image)
    expect(viewer.locator(".from")).to_have_text(re.compile(r"ben · .*\d{4}"))
    width = box_of(image)["width"]
    drag(phone, [(150, 400), (240, 400)], [(105, 400), (285, 400)])
    expect(viewer).to_have_class(re.compile("zoomed"))
    assert 1.8 < box_of(image)["width"] / width < 2.2
    image.dblclick()
    expect(viewer).not_to_have_class(re.compile("zoomed"))
    image.dblclick()
    expect(viewer).to_have_class(re.compile("zoomed"))
    image.dblclick()
    expect(viewer).not_to_have_class(re.compile("zoomed"))
    drag(phone, [(190, 300)], [(190, 320)], [(190, 340)])
    expect(viewer).to_be_visible()  # not far enough
    drag(phone, [(190, 300)], [(190, 350)], [(190, 450)])
    expect(viewer).to_be_hidden()


def drag(phone: Person, *steps: list[tuple[int, int]]) -> None:
    """Put fingers on the places of the first step, move them to those of the others, lift them."""
    touch = phone.context.new_cdp_session(phone.page)
    kinds = ["touchStart", *["touchMove"] * (len(steps) - 1), "touchEnd"]
    for kind, places in zip(kinds, [*steps, []], strict=True):
        fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
    touch.detach()


@pytest.mark.long  # a further button of the recorder
def test_a_voice_note_can_be_thrown_away(talker: Person, room: int) -> None:
    talker.open(room)
    talker.page.evaluate(
        """() => {
          const devices = navigator.mediaDevices, ask = devices.getUserMedia.bind(devices);
          window.streams = [];
          devices.getUserMedia = async (wanted) => {
            const stream = await ask(wanted);
            streams.push(stream);
            return stream;
          };
          const button = document.querySelector("[data-action=record]");
          button.click();
          button.click();
        }"""
    )
    expect(talker.page.locator(".recording time")).to_have_text("0:01")
    talker.page.locator("[data-action=record-drop]").click()
    expect(talker.page.locator(".recording")).to_be_hidden()
    expect(waiting(talker)).to_have_count(0)
    tracks = "streams.flatMap((each) => each.getTracks()).map((each) => each.readyState).join()"
    talker.until(f"{tracks} === 'ended'")  # nothing listens any more


@pytest.mark.long  # a further way to fail
def test_without_a_microphone_it_is_said_what_to_do(asha: Person, room: int) -> None:
    asha.open(room)
    asha.page.locator("[data-action=record]").click()
    expect(asha.page.locator(".composer .hint")).to_have_text(
        "The browser blocked the microphone. Allow it in the address bar."
    )
