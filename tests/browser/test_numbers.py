"""Every number on the screen is written as the reader's language does, also in what all share."""

import re
import wave
from pathlib import Path
from secrets import token_hex

import pytest
from playwright.sync_api import expect

from tests import postgres
from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.server import Server

SHOWN = """() => {
  const isShown = (element) => element.checkVisibility({ visibilityProperty: true });
  const isWritten = (element) => element.closest('[dir=auto], code, script, style, template');
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement, textContent } = walker.currentNode;
    if (isShown(parentElement) && !isWritten(parentElement)) found.push(textContent.trim());
  }
  for (const element of document.querySelectorAll('[aria-label], [title], [aria-valuetext]')) {
    if (!isShown(element) || isWritten(element)) continue;
    for (const name of ['aria-label', 'title', 'aria-valuetext']) {
      found.push(element.getAttribute(name) ?? '');
    }
  }
  return found.filter(Boolean);
}"""
"""All that is read or said on the page, but for what people wrote."""


def fill(asha: Person, ben: Person, room: int, folder: Path, data: Path) -> None:
    """Have a poll, reactions, files and a reply in the room."""
    for person in (asha, ben):
        person.open(room)
    asha.tell("new_poll", {})
    form = asha.page.get_by_test_id("new-poll")
    form.locator("[name=question]").fill("Tea or coffee?")
    form.locator("[name=options]").fill("Tea\nCoffee")
    form.locator("button[type=submit]").click()
    for number, person in enumerate((asha, ben)):
        person.message("Tea or coffee?").locator(".poll-option").nth(number).click()
    expect(ben.message("Tea or coffee?").locator("[aria-checked=true]")).to_have_count(1)
    asha.say("Good morning")
    seq = int(asha.message("Good morning").get_attribute("data-seq") or 0)
    for person in (asha, ben):
        person.tell("react", {"room": room, "seq": seq, "emoji": "👍", "on": True})
    ben.tell("send", {"room": room, "text": "An answer", "id": token_hex(8), "reply": seq})
    asha.sees("An answer")
    with wave.open(str(folder / "sound.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(range(256)) * 400)
    (folder / "notes.bin").write_bytes(bytes(2_400_000))
    names = ("sound.wav", "notes.bin")
    asha.page.get_by_test_id("file").set_input_files([str(folder / name) for name in names])
    asha.write("")
    expect(asha.page.locator(".message[data-seq] .file")).to_have_count(2)
    with postgres.connect(data) as database:
        database.execute("UPDATE attachments SET seconds = 6 WHERE name = 'sound.wav'")


@pytest.mark.long  # goes through many views
@pytest.mark.parametrize(
    ("locale", "others", "poll", "size", "length"),
    [
        ("mr-IN", r"[0-9]", ["१", "५०%", "१", "५०%"], "BIN · २.४ MB", "०:०६"),
        pytest.param(
            *("hi-IN", r"[०-९]", ["1", "50%", "1", "50%"], "BIN · 2.4 MB", "0:06"),
            marks=pytest.mark.long,
        ),
        pytest.param(
            *("en-GB", r"[०-९]", ["1", "50%", "1", "50%"], "BIN · 2.4 MB", "0:06"),
            marks=pytest.mark.long,
        ),
    ],
)
def test_numbers_are_those_of_the_reader(
    enter: Enter,
    asha: Person,
    ben: Person,
    server: Server,
    room: int,
    tmp_path: Path,
    locale: str,
    others: str,
    poll: list[str],
    size: str,
    length: str,
) -> None:
    fill(asha, ben, room, tmp_path, server.data)
    noisy = stored.make_room(server.data, "Noise", ["asha", "ben"])
    stored.put_messages(server.data, noisy, ["word"] * 12, author="ben")
    reader = enter("asha", locale=locale).open(room)
    asked = reader.message("Tea or coffee?")
    expect(asked.locator(":is(.many, .percent)")).to_have_text(poll)
    expect(reader.page.locator(".message .file-facts").last).to_have_text(size)
    expect(reader.page.locator(".message .player .length")).to_have_text(length)
    twelve = reader.page.evaluate("new Intl.NumberFormat(document.documentElement.lang).format(12)")
    expect(reader.room_entry(noisy)).to_have_attribute("data-unread-shown", twelve)

    def check(place: str) -> None:
        """Wait until there are numbers, all as they should be."""
        for _look in range(100):
            said = reader.page.evaluate(SHOWN)
            wrong = [each for each in said if re.search(others, each)]
            if not wrong and any(re.search(r"\d", each) for each in said):
                return
            reader.page.wait_for_timeout(50)
        pytest.fail(f"{place}: {wrong or said}")

    check("the room")
    for panel in ("members", "files", "pins"):
        reader.open(f"/rooms/{room}/{panel}")
        reader.page.locator(".panel").wait_for()
        check(panel)
    seq = int(reader.message("Good morning").get_attribute("data-seq") or 0)
    for dialog in ("receipts", "reactions"):
        reader.tell("message_action", {"action": dialog, "room": room, "seq": seq})
        reader.page.locator(".dialog").wait_for()
        check(dialog)
        reader.page.keyboard.press("Escape")
        expect(reader.page.locator(".dialog")).to_have_count(0)
    for page in (f"/rooms/{room}/statistics", f"/rooms/{room}/replies/{seq}"):
        reader.open(page, wait=False)
        reader.page.get_by_role("heading", level=1).first.wait_for()
        check(page)
