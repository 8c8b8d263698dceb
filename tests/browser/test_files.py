"""Files: picked, dropped or pasted, seen by the others, and gone when their message is deleted."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.browser.conftest import PERMISSIONS, Enter
from tests.browser.connection import Line
from tests.browser.person import NO_CONNECTION, Person
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
    names = ben.page.locator(".message[data-seq] .file").evaluate_all(
        "(files) => files.map((file) => file.dataset.name)"
    )
    assert names == ["first.bin", "third.bin"]
    expect(ben.page.locator(".message[data-seq]")).to_have_count(3)


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
            coming.locator("[data-action=cancel-file]").click()
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
        expect(failed.locator(".reason")).to_have_text("The connection broke. Try again.")
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
    expect(asha.message("here it is")).to_be_visible()


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
    expect(sent(ben, "second.png")).to_be_visible()
    sent(ben, picture.name).locator(".picture").click()
    viewer = ben.page.locator("#viewer")
    expect(viewer.locator(".file-name")).to_have_text(picture.name)
    shown = viewer.locator("img")
    is_drawn(shown)
    assert shown.evaluate("(image) => image.naturalWidth") == 900
    expect(viewer.locator("[data-action=picture-before]")).to_be_disabled()
    viewer.locator("[data-action=picture-after]").click()
    expect(viewer.locator(".file-name")).to_have_text("second.png")
    ben.page.keyboard.press("ArrowLeft")
    expect(viewer.locator(".file-name")).to_have_text(picture.name)
    with ben.page.expect_download() as saved:
        viewer.locator("a[download]").click()
    assert saved.value.suggested_filename == picture.name
    ben.page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()
    expect(ben.page).to_have_url(f"{ben.address}/rooms/{room}")


@pytest.mark.long  # a further kind of file
def test_a_video_can_be_moved_to_another_place(
    asha: Person, ben: Person, room: int, tmp_path: Path
) -> None:
    film = tmp_path / "film.webm"
    made = ["-f", "lavfi", "-i", "testsrc=duration=20:size=320x240:rate=10", "-c:v", "libvpx"]
    subprocess.run(["ffmpeg", "-v", "error", *made, str(film)], check=True, timeout=60)
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
    asha.page.locator("[data-action=message-more]").click()
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
def _microphone(contexts: dict[str, BrowserContext]) -> Iterator[None]:
    """asha's browser gives her page the microphone."""
    contexts["asha"].grant_permissions(["microphone"])
    yield
    contexts["asha"].clear_permissions()
    contexts["asha"].grant_permissions(PERMISSIONS)


@pytest.mark.long  # records for some seconds
@pytest.mark.usefixtures("_microphone")
def test_a_voice_note_is_recorded_and_heard_by_the_other(
    asha: Person, ben: Person, room: int
) -> None:
    asha.open(room)
    ben.open(room)
    asha.page.locator("[data-action=record]").click()
    recording = asha.page.locator(".recording")
    expect(recording.locator("time")).to_have_text("0:02")
    recording.locator("[data-action=record-done]").click()
    expect(recording).to_be_hidden()
    expect(waiting(asha).locator(".file-name")).to_contain_text("Voice note")
    asha.composer.press("Enter")
    note = ben.page.locator(".message .file[data-kind=audio]")
    expect(note.locator("svg.wave path")).to_be_visible()
    seconds = note.locator("audio").evaluate(
        "(audio) => new Promise((done) => { audio.onloadedmetadata = () => done(audio.duration);"
        " audio.preload = 'metadata'; audio.load(); })"
    )
    assert 1.5 < seconds < 20  # longer where a busy machine is late to press the button


@pytest.mark.long  # a further button of the recorder
@pytest.mark.usefixtures("_microphone")
def test_a_voice_note_can_be_thrown_away(asha: Person, room: int) -> None:
    asha.open(room)
    asha.page.evaluate(
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
    expect(asha.page.locator(".recording time")).to_have_text("0:01")
    asha.page.locator("[data-action=record-drop]").click()
    expect(asha.page.locator(".recording")).to_be_hidden()
    expect(waiting(asha)).to_have_count(0)
    tracks = "streams.flatMap((each) => each.getTracks()).map((each) => each.readyState)"
    assert asha.page.evaluate(tracks) == ["ended"]  # nothing listens any more, however one pressed


@pytest.mark.long  # a further way to fail
def test_without_a_microphone_it_is_said_what_to_do(asha: Person, room: int) -> None:
    asha.open(room)
    asha.page.locator("[data-action=record]").click()
    expect(asha.page.locator(".composer .hint")).to_have_text(
        "The browser gives no microphone. Allow it in the address bar."
    )
