"""On paper: all of what is open, not the part of it that is in sight."""

import re

import pypdfium2
import pytest
from playwright.sync_api import expect

from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.server import Server


def printed(person: Person) -> str:
    """Return the words of the page as it is printed, without the spaces between them.

    It is once nothing moves any more: while a dialog opens, the paper stays empty.
    """
    person.until("document.getAnimations().every(({ playState }) => playState === 'finished')")
    pages = pypdfium2.PdfDocument(person.page.pdf(format="A4"))
    try:
        texts = [page.get_textpage().get_text_bounded() for page in pages]
        return "".join("".join(texts).split())
    finally:
        pages.close()


# Long: the same in a wide window.
@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.long), 390])
def test_a_conversation_is_printed_whole(
    asha: Person, server: Server, room: int, width: int
) -> None:
    lines = [f"Line{number}." for number in range(48)]
    stored.put_messages(server.data, room, lines, author="ben")
    asha.resize(width, 700).open(room)
    words = printed(asha)
    assert [line for line in lines if line not in words] == []
    assert "Studygroup" in words
    assert "Goto" not in words
    assert "Findrooms" not in words


@pytest.mark.long  # a further kind of page
def test_a_page_is_printed_to_its_end(asha: Person) -> None:
    asha.open("/account", wait=False)
    expect(asha.page.get_by_text("Active sessions")).to_be_attached()
    words = printed(asha)
    assert "Displayname" in words
    assert "thisdevice" in words


def test_a_dialog_is_printed_alone(asha: Person, room: int) -> None:
    asha.open(room).say("behind the dialog")
    asha.page.locator(".room-title button").click()
    expect(asha.page.get_by_role("dialog")).to_contain_text("Room settings")
    words = printed(asha)
    assert "Roomsettings" in words
    assert "behindthedialog" not in words


@pytest.mark.long  # a detail of the look
def test_paper_is_white_in_the_dark(enter: Enter, room: int) -> None:
    asha = enter("asha", color_scheme="dark").open(room)
    asha.say("some words")
    ink = "getComputedStyle(document.querySelector('.message-body')).color"
    bright = re.findall(r"\d+", asha.page.evaluate(ink))
    asha.page.emulate_media(media="print", color_scheme="dark")
    dark = re.findall(r"\d+", asha.page.evaluate(ink))
    assert min(map(int, bright)) > 200
    assert max(map(int, dark)) < 60
