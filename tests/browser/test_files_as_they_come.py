"""Files as people have them: with text, folders and pictures of the page beside them, or gone."""

import os
import re
import time
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Route, expect

from tests.browser.person import Person
from tests.browser.test_files import DATA, is_drawn, pick, picture, sent, talker, waiting

__all__ = ["picture", "talker"]

CELLS = "Name\tPoints\nAsha\t12\nBen\t9"
TABLE = "<style>td { color: red }</style><table><tr><td>Name</td><td>Points</td></tr></table>"
PASTE = """(box, { files, texts }) => {
  const clipboardData = new DataTransfer();
  for (const [type, text] of Object.entries(texts)) clipboardData.setData(type, text);
  for (const name of files) {
    clipboardData.items.add(new File([new Uint8Array([137, 80])], name, { type: "image/png" }));
  }
  const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
  box.dispatchEvent(event);
  return event.defaultPrevented;
}"""


def hint(person: Person) -> Locator:
    return person.page.locator(".composer .hint")


# -- pasting ----------------------------------------------------------------------------------


PASTED: list[tuple[dict[str, str], str, bool]] = [
    ({"text/plain": CELLS, "text/html": TABLE}, "image.png", True),
    ({}, "image.png", False),  # a screenshot
    ({"text/plain": "/home/asha/image of me.png"}, "image of me.png", False),
    ({"text/plain": "/home/asha/image.png"}, "image.png", False),
    ({"text/html": "<img src='https://example.org/cat.png'>"}, "image.png", False),
    ({"text/plain": "cat", "text/html": "<meta><img alt='cat' src='x'>"}, "image.png", False),
    ({"text/plain": " \n", "text/html": "<p>\n</p>"}, "image.png", False),
    ({"text/plain": "notes", "text/html": "<b>notes</b>"}, "notes.png", False),
]
"""Texts and a picture that are pasted together, and whether it is the text that is taken."""


def test_text_is_pasted_rather_than_a_picture_of_it(
    asha: Person, room: int, subtests: pytest.Subtests
) -> None:
    asha.open(room)
    for texts, file, is_text in PASTED:
        with subtests.test(texts=texts, file=file):
            was_taken = asha.composer.evaluate(PASTE, {"files": [file], "texts": texts})
            assert was_taken is not is_text
            expect(waiting(asha)).to_have_count(0 if is_text else 1)
            for _each in waiting(asha).all():
                asha.page.locator(".tray [data-action=drop-file]").click()
            expect(waiting(asha)).to_have_count(0)


@pytest.mark.long  # a further detail
def test_cells_stay_apart(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    ben.open(room)
    asha.composer.fill(CELLS)
    asha.page.get_by_test_id("send").click()
    body = ben.page.locator(".message .message-body").last
    expect(body).to_contain_text("Asha")
    assert re.search(r"Name\sPoints\s+Asha\s12\s+Ben\s9", body.inner_text())


# -- folders, and files that are not there ------------------------------------------------------


def drop(person: Person, *files: Path) -> None:
    """Drop files on the conversation, as from another program."""
    box = person.page.get_by_test_id("timeline").bounding_box()
    assert box
    dragged = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
    place = {"x": box["x"] + 100, "y": box["y"] + 100, "data": dragged}
    line = person.context.new_cdp_session(person.page)
    for kind in ("dragEnter", "dragOver", "drop"):
        line.send("Input.dispatchDragEvent", {"type": kind, **place})
    line.detach()


def test_a_folder_is_named_and_the_files_beside_it_are_taken(
    asha: Person, room: int, tmp_path: Path
) -> None:
    asha.open(room)
    for folder in ("essays", "empty"):
        (tmp_path / folder).mkdir()
    (tmp_path / "essays" / "one.txt").write_text("one")
    for file in ("a.txt", "b.txt"):
        (tmp_path / file).write_text("text")
    (tmp_path / "nothing.txt").touch()
    drop(asha, *(tmp_path / name for name in ("a.txt", "essays", "b.txt")))
    expect(hint(asha)).to_have_text(
        "\u2068essays\u2069 is a folder. Choose the files in it, or pack them."
    )
    expect(waiting(asha).locator(".file-name")).to_have_text(["a.txt", "b.txt"])
    drop(asha, tmp_path / "empty")
    expect(hint(asha)).to_contain_text("empty\u2069 is a folder")
    drop(asha, tmp_path / "nothing.txt")
    expect(hint(asha)).to_have_text("\u2068nothing.txt\u2069 is empty. Choose another file.")
    expect(waiting(asha)).to_have_count(2)
    asha.composer.press("Enter")
    for name in ("a.txt", "b.txt"):
        expect(sent(asha, name)).to_be_visible()
    expect(asha.page.locator(".message")).to_have_count(2)


def test_a_file_that_is_gone_or_was_changed_says_so(
    asha: Person, room: int, tmp_path: Path
) -> None:
    asha.open(room)
    asha.complaints.expect("ERR_FILE_NOT_FOUND", "ERR_UPLOAD_FILE_CHANGED", "ERR_ACCESS_DENIED")
    gone, changed = tmp_path / "gone.txt", tmp_path / "changed.txt"
    for file in (gone, changed):
        file.write_text("as it was")
        pick(asha, file)
    expect(waiting(asha)).to_have_count(2)
    gone.unlink()
    changed.write_text("not as it was")
    os.utime(changed, (time.time() + 60,) * 2)  # this test is quicker than people are
    asha.composer.press("Enter")
    reasons = asha.page.locator(".message[data-state=failed] .reason")
    expect(reasons).to_have_text(["The file was changed or removed. Choose it again."] * 2)


@pytest.mark.long  # the test above has a file that is gone
def test_what_cannot_be_read_is_left_out_before_it_is_sent(
    asha: Person, room: int, tmp_path: Path
) -> None:
    asha.open(room)
    (tmp_path / "mine.txt").write_text("text")
    drop(asha, tmp_path / "gone.txt", tmp_path / "mine.txt")
    expect(hint(asha)).to_contain_text("gone.txt\u2069 ")
    expect(waiting(asha).locator(".file-name")).to_have_text(["mine.txt"])


@pytest.mark.long  # a further bound
def test_more_files_than_can_wait_are_named(asha: Person, room: int) -> None:
    asha.open(room)
    files = [{"name": f"{number}.txt", "type": "", "bytes": [1]} for number in range(22)]
    data = asha.page.evaluate_handle(DATA, files)
    asha.page.get_by_test_id("timeline").dispatch_event("drop", {"dataTransfer": data})
    expect(waiting(asha)).to_have_count(20)
    expect(hint(asha)).to_contain_text("Left out: \u206820.txt\u2069, \u206821.txt\u2069")


# -- dragging within the page -------------------------------------------------------------------


@pytest.mark.long  # a further thing to drag
def test_a_picture_of_the_page_is_not_sent_again(
    asha: Person, room: int, picture: Path, tmp_path: Path
) -> None:
    asha.open(room)
    pick(asha, picture)
    asha.write("some words to mark")
    shown = sent(asha, picture.name).locator(".picture img")
    is_drawn(shown)
    box = shown.bounding_box()
    assert box
    mouse, x, y = asha.page.mouse, box["x"] + 40, box["y"] + 40
    mouse.move(x, y)
    asha.page.evaluate(
        "() => addEventListener('dragstart', () => { window.isDragged = true; }, { once: true })"
    )
    mouse.down()
    mouse.move(x + 15, y + 15)
    mouse.move(x + 30, y + 30)
    asha.until("window.isDragged")
    # Without a screen, Chromium leaves out the file that it adds to a picture on a desktop.
    drop(asha, picture)
    mouse.up()
    expect(asha.page.locator(".dropping")).to_have_count(0)
    asha.page.wait_for_timeout(300)
    expect(waiting(asha)).to_have_count(0)
    # What comes from elsewhere afterwards is taken all the same.
    mouse.move(x, y)
    (tmp_path / "a.txt").write_text("text")
    drop(asha, tmp_path / "a.txt")
    expect(waiting(asha)).to_have_count(1)


@pytest.mark.long  # a further detail
def test_no_frame_stays_when_a_drag_is_given_up(asha: Person, room: int, tmp_path: Path) -> None:
    asha.open(room)
    (tmp_path / "a.txt").write_text("text")
    dragged = {"items": [], "files": [str(tmp_path / "a.txt")], "dragOperationsMask": 1}
    line = asha.context.new_cdp_session(asha.page)
    place = {"x": 500, "y": 300, "data": dragged}
    for kind in ("dragEnter", "dragOver"):
        line.send("Input.dispatchDragEvent", {"type": kind, **place})
    expect(asha.page.locator(".dropping")).to_have_count(1)
    line.send("Input.dispatchDragEvent", {"type": "dragCancel", **place})
    asha.page.mouse.move(300, 300)
    expect(asha.page.locator(".dropping")).to_have_count(0)
    expect(waiting(asha)).to_have_count(0)


# -- a proxy that answers for the chat -----------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (413, "The proxy in front of the chat takes no file this large. Tell the host."),
        *(
            pytest.param(status, sentence, marks=pytest.mark.long)
            for status, sentence in (
                (502, "The chat can't be reached. Try again in a minute, or tell the host."),
                (504, "The chat can't be reached. Try again in a minute, or tell the host."),
                (418, "The file was refused (status 418). Tell the host."),
            )
        ),
    ],
)
def test_the_answer_of_a_proxy_gets_a_sentence(
    asha: Person, room: int, tmp_path: Path, status: int, sentence: str
) -> None:
    asha.open(room)
    asha.complaints.expect(f"status of {status}")
    (tmp_path / "a.txt").write_text("text")
    pick(asha, tmp_path / "a.txt")
    page = "<html><head><title>nginx</title></head><body></body></html>"

    def answer(route: Route) -> None:
        route.fulfill(status=status, content_type="text/html", body=page)

    with asha.page.route("**/files", answer):
        asha.composer.press("Enter")
        failed = asha.page.locator(".message[data-state=failed]")
        expect(failed.locator(".reason")).to_have_text(sentence)
    failed.locator("[data-action=retry]").click()
    expect(sent(asha, "a.txt")).to_be_visible()


# -- what stays in a file, and its name ------------------------------------------------------------


@pytest.mark.long  # tests/services/files has odd names, too
def test_a_name_with_a_mark_of_direction_arrives(
    asha: Person, ben: Person, room: int, tmp_path: Path
) -> None:
    asha.open(room)
    ben.open(room)
    for name in ("\u200fדוח שנתי.pdf", "gpj.\u202eexe"):
        (tmp_path / name).write_bytes(b"PK\5\6" + bytes(18))
    pick(asha, *(tmp_path / name for name in ("\u200fדוח שנתי.pdf", "gpj.\u202eexe")))
    asha.composer.press("Enter")
    expect(sent(ben, "דוח שנתי.pdf")).to_be_visible()
    expect(sent(ben, "gpj.exe")).to_contain_text("gpj.exe")


def test_what_keeps_its_place_says_so(asha: Person, room: int, tmp_path: Path) -> None:
    asha.open(room)
    Image.new("RGB", (8, 8)).save(tmp_path / "cleaned.jpg")
    Image.new("RGB", (8, 8)).save(tmp_path / "kept.avif")
    (tmp_path / "iphone.HEIC").write_bytes(b"\0\0\0\x18ftypheic" + bytes(12))
    pick(asha, *(tmp_path / name for name in ("cleaned.jpg", "kept.avif", "iphone.HEIC")))
    facts = waiting(asha).locator(".file-facts")
    says = re.compile("may say where it was taken")
    expect(facts).to_have_text([re.compile(r"^\d+ B$"), says, says])


@pytest.mark.long  # a large picture
def test_a_photo_of_108_megapixels_is_seen(
    asha: Person, ben: Person, room: int, tmp_path: Path
) -> None:
    asha.open(room)
    ben.open(room)
    Image.new("RGB", (12000, 9000), "teal").save(tmp_path / "sea.jpg")
    pick(asha, tmp_path / "sea.jpg")
    asha.composer.press("Enter")
    is_drawn(sent(ben, "sea.jpg").locator(".picture img"))
    sent(ben, "sea.jpg").locator(".picture").click()
    image = ben.page.locator("#viewer figure img")
    is_drawn(image)
    assert image.evaluate("(image) => image.naturalWidth") == 12000


# -- the microphone --------------------------------------------------------------------------------

STREAMS = """() => {
  const devices = navigator.mediaDevices, ask = devices.getUserMedia.bind(devices);
  window.streams = [];
  devices.getUserMedia = async (wanted) => {
    const stream = await ask(wanted);
    streams.push(stream);
    return stream;
  };
}"""
FIREFOX = """
const join = AudioContext.prototype.createMediaStreamSource;
AudioContext.prototype.createMediaStreamSource = function (...them) {
  if (this.sampleRate !== 48000) throw new DOMException("another rate", "NotSupportedError");
  return join.apply(this, them);
};
"""


@pytest.mark.long  # test_files.py records one, too
def test_a_voice_note_needs_no_rate_of_its_own(talker: Person, room: int) -> None:
    talker.run_first(FIREFOX).open(room)
    talker.page.locator("[data-action=record]").click()
    expect(talker.page.locator(".recording time")).to_have_text("0:02")
    talker.page.locator("[data-action=record-done]").click()
    expect(waiting(talker)).to_have_count(1)


@pytest.mark.long  # a rare case
def test_a_recorder_that_fails_lets_go_of_the_microphone(talker: Person, room: int) -> None:
    talker.open(room)
    talker.page.evaluate(STREAMS)
    talker.page.evaluate(
        "() => { const start = MediaRecorder.prototype.start; MediaRecorder.prototype.start ="
        " function (...them) { MediaRecorder.prototype.start = start;"
        " throw new DOMException('', 'NotSupportedError'); }; }"
    )
    record = talker.page.locator("[data-action=record]")
    record.click()
    expect(hint(talker)).to_have_text(
        "Recording failed. Check that no other program uses the microphone."
    )
    expect(talker.page.locator(".recording")).to_be_hidden()
    tracks = "streams.flatMap((each) => each.getTracks()).map((each) => each.readyState).join()"
    talker.until(f"{tracks} === 'ended'")
    record.click()  # begins afresh
    expect(talker.page.locator(".recording time")).to_have_text("0:01")
    talker.page.locator("[data-action=record-done]").click()
    expect(waiting(talker)).to_have_count(1)
    talker.until(f"{tracks} === 'ended,ended'")


@pytest.mark.long  # a rare case
def test_a_note_whose_shape_is_not_to_be_had_is_kept(talker: Person, room: int) -> None:
    talker.open(room)
    talker.page.evaluate(
        "() => { OfflineAudioContext.prototype.decodeAudioData = () => Promise.reject(Error()); }"
    )
    talker.page.locator("[data-action=record]").click()
    expect(talker.page.locator(".recording time")).to_have_text("0:01")
    talker.page.locator("[data-action=record-done]").click()
    expect(waiting(talker)).to_have_count(1)
    talker.composer.press("Enter")
    expect(talker.page.locator(".message[data-seq] .file[data-kind=audio]")).to_be_visible()
