"""The files of a room in one list, and files by their names wherever messages are told of."""

import re
from io import BytesIO
from itertools import count

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from services.files.files import PAGE_SIZE
from tests.browser import stored
from tests.browser.person import Person
from tests.server import Server

_numbers = count()


def picture(name: str) -> tuple[str, bytes]:
    drawn = BytesIO()
    Image.new("RGB", (60, 40), (40, 90, 200)).save(drawn, "PNG")
    return name, drawn.getvalue()


def send(person: Person, room: int, name: str, content: bytes = b"\0\1\2", said: str = "") -> int:
    """Send a file past the page; return the number of its message."""
    answer = person.page.request.post(
        f"{person.address}/rooms/{room}/files",
        headers={"Origin": person.address},
        multipart={
            "id": f"list-{next(_numbers):06}",
            "text": said,
            "file": {"name": name, "mimeType": "application/octet-stream", "buffer": content},
        },
    )
    assert answer.status == 201, answer.text()
    return int(answer.json()["seq"])


def lists(person: Person, names: list[str]) -> None:
    """Wait until files of these names are listed, from top to bottom."""
    listed = "[...document.querySelectorAll('.sent-file a[download]')].map((each) => each.download)"
    person.until(f"JSON.stringify({listed}) === JSON.stringify(argument)", names)


def message(person: Person, seq: int) -> Locator:
    return person.timeline.locator(f".message[data-seq='{seq}']")


def menu(person: Person, seq: int) -> Locator:
    """Open the menu of a message."""
    message(person, seq).hover()
    message(person, seq).locator("[popovertarget=message-choices]").click()
    return message(person, seq).locator(".choices")


def test_the_list_beside_the_room(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    ben.open(room)
    send(asha, room, "__init__.py", b"print()\n")
    for number in range(3):
        send(ben, room, *picture(f"{number}.png"))
    send(asha, room, "data.bin", said="the numbers")
    expect(asha.page.locator(".message .picture img")).to_have_count(3)
    asha.mark()
    asha.choose_in_room("Files")
    expect(asha.page).to_have_url(f"{asha.address}/rooms/{room}/files")
    expect(asha.page.get_by_test_id("room-files")).to_be_visible()
    lists(asha, ["data.bin", "2.png", "1.png", "0.png", "__init__.py"])
    expect(asha.page.locator(".room-files h3")).to_have_count(1)
    expect(asha.page.locator(".room-files h3")).to_have_text(asha.page.evaluate(
        "new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric' }).format(new Date())"
    ))  # fmt: skip
    asha.until(
        "[...document.querySelectorAll('.tiles img')].filter((each) => each.complete"
        " && each.naturalWidth).length === 3"
    )
    asha.page.get_by_role("link", name="Pictures").click()
    expect(asha.page.locator(".sent-file")).to_have_count(3)
    asha.page.get_by_test_id("senders").click()
    asha.page.locator(".senders nav").get_by_text("asha").click()
    expect(asha.page.get_by_test_id("no-files")).to_be_visible()
    asha.page.get_by_role("link", name="All", exact=True).click()
    lists(asha, ["data.bin", "__init__.py"])
    with asha.page.expect_download() as saved:
        asha.page.locator(".sent-file a[download]").first.click()
    assert saved.value.suggested_filename == "data.bin"
    assert saved.value.path().read_bytes() == b"\0\1\2"
    asha.page.locator(".sent-file .to-message").last.click()
    expect(message(asha, 1)).to_be_in_viewport()
    expect(message(asha, 1)).to_have_class(re.compile("found"))
    expect(asha.page.locator(".sent-file")).to_have_count(2)
    assert asha.is_same_page()
    asha.page.get_by_role("link", name="Close").click()
    expect(asha.page.locator(".panel")).to_have_count(0)


@pytest.mark.long  # a further way to list or show a file
def test_older_files_come_by_a_link(asha: Person, server: Server, room: int) -> None:
    sent = [f"{number}.bin" for number in range(PAGE_SIZE + 5)]
    stored.put_files(server.data, room, sent, author="ben")
    asha.page.goto(f"{asha.address}/rooms/{room}/files?kind=other")
    lists(asha, sent[:4:-1])
    asha.page.get_by_test_id("older-files").click()
    lists(asha, sent[4::-1])
    expect(asha.page.locator(".panel [aria-current=page]").first).to_have_text("Other")
    expect(asha.page.get_by_test_id("older-files")).to_have_count(0)


def test_a_picture_opens_in_full(asha: Person, room: int) -> None:
    asha.open(room)
    send(asha, room, *picture("one.png"))
    send(asha, room, *picture("two.png"))
    expect(asha.timeline.locator(".picture img")).to_have_count(2)  # they come later
    asha.page.goto(f"{asha.address}/rooms/{room}/files")
    asha.page.locator(".tiles .picture").last.click()
    viewer = asha.page.locator("#viewer")
    one = viewer.locator("figure", has_text="one.png")
    expect(one).to_be_in_viewport(ratio=1)
    asha.until("document.querySelector('#viewer figure:last-child img').naturalWidth === 60")
    expect(one.locator("[data-action=picture-after]")).to_be_hidden()
    one.locator("[data-action=picture-before]").click()
    expect(viewer.locator("figure", has_text="two.png")).to_be_in_viewport(ratio=1)


@pytest.mark.long  # a further way to list or show a file
def test_files_of_somebody_blocked_are_folded(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    ben.open(room)
    send(ben, room, *picture("bens.png"))
    send(asha, room, "mine.bin")
    expect(asha.timeline.locator(".picture img")).to_be_visible()  # it comes later
    asha.page.goto(f"{asha.address}/rooms/{room}/files")
    bens = asha.page.locator(".tiles .sent-file")
    expect(bens.locator("img")).to_be_visible()
    ben_id = bens.get_attribute("data-author-id")
    asha.page.evaluate(f"document.querySelector('[data-frame]').dataset.blocked = '{ben_id}'")
    expect(bens.locator("img")).to_be_hidden()
    expect(asha.page.locator(".file-rows .file-name")).to_be_visible()
    bens.get_by_role("button").click()
    expect(bens.locator("img")).to_be_visible()


@pytest.mark.long  # a further way to list or show a file
def test_a_file_without_a_word_goes_by_its_name(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    ben.open(room)
    seq = send(asha, room, "__init__.py", b"print()\n")
    expect(message(ben, seq)).to_be_visible()
    choices = menu(ben, seq)
    expect(choices.locator("[data-does=link]")).to_be_visible()
    expect(choices.locator("[data-does=text]")).to_be_hidden()
    choices.locator("[data-does=reply]").click()
    ben.say("thanks")
    quoted = asha.message("thanks").locator(".quoted")
    expect(quoted).to_have_text("__init__.py")
    expect(quoted).to_have_attribute("data-is-name", "")
    ben.reload()
    expect(ben.message("thanks").locator(".quoted")).to_have_text("__init__.py")
    menu(ben, seq).locator("[data-does=save]").click()
    expect(ben.page.locator(".said")).to_be_visible()
    ben.page.get_by_test_id("user-menu").click()
    ben.page.get_by_role("menuitem", name="Saved for later").click()
    expect(ben.page.locator(".message-card .named-file").first).to_contain_text("__init__.py")
    asha.tell("edit", {"room": room, "seq": seq, "text": "the beginning"})
    expect(quoted).to_have_text("the beginning")
    expect(quoted).not_to_have_attribute("data-is-name", "")
    choices = menu(asha, seq)
    expect(choices.locator("[data-does=text]")).to_be_visible()


@pytest.mark.long  # a further way to list or show a file
def test_search_shows_a_file_by_its_name(asha: Person, room: int) -> None:
    asha.open(room)
    send(asha, room, "zanzibar-map.bin")
    asha.page.goto(f"{asha.address}/search?q=zanzibar")
    expect(asha.page.locator(".hit .named-file .file-name")).to_have_text("zanzibar-map.bin")
    expect(asha.page.locator(".hit mark")).to_have_text("zanzibar")
    expect(asha.page.locator(".hit-text")).to_have_count(0)
