"""Previews of links in a browser: they come after the message, and nothing jumps."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser import stored
from tests.browser.conftest import PHONE, new_context
from tests.browser.person import Complaints, Person
from tests.conftest import NewFolder
from tests.linked_site import Site, html, linked_site
from tests.server import PROJECT, Server

TITLE = "How to find the comet: a guide for the second half of October"
ABOUT = (
    "<meta property='og:site_name' content='Sky &amp; Telescope'>"
    "<meta name='description' content='When the comet rises, where to look, and what a cheap pair "
    "of binoculars shows of it. With a map for each evening of October, to print and to take "
    "along, and with the times for every larger city of the country.'>"
)
IS_AT_END = """(({ scrollHeight, scrollTop, clientHeight }) =>
  scrollHeight - scrollTop - clientHeight < 2)(document.querySelector('[data-testid=timeline]'))"""


@pytest.fixture
def site() -> Iterator[Site]:
    with linked_site() as running:
        running.pages["/comets"] = html(TITLE, more=ABOUT)
        yield running


@dataclass
class Chat:
    """asha at a desktop and ben at a phone, in a chat with previews, and their room."""

    asha: Person
    ben: Person
    room: int
    server: Server


@pytest.fixture
def chat(
    browser: Browser, new_folder: NewFolder, complaints: Complaints, site: Site
) -> Iterator[Chat]:
    server = Server(new_folder())
    server.command[1] = str(PROJECT / "tests" / "linked_main.py")
    with server, ExitStack() as opened:
        people = []
        for name, options in (("asha", {}), ("ben", PHONE)):
            context = new_context(browser, **options)
            opened.callback(context.close)
            people.append(Person(name, context, server.address, complaints).sign_up())
        asha, ben = people
        asha.open("/branding", wait=False)
        asha.page.get_by_role("button", name="Turn on").click()
        expect(asha.page.get_by_role("button", name="Turn off")).to_be_visible()
        room = stored.make_room(server.data, "Study group", ["asha", "ben"])
        yield Chat(asha, ben, room, server)


def card(person: Person, text: str) -> Locator:
    """Return the card under the message that says exactly this."""
    return person.message(text).locator(".link-card")


def test_a_card_comes_to_everybody_and_is_removed_for_everybody(chat: Chat, site: Site) -> None:
    asha, ben = chat.asha, chat.ben
    texts = [f"Message {number}" for number in range(40)]
    stored.put_messages(chat.server.data, chat.room, texts, author="ben")
    for person in (asha, ben):
        person.open(chat.room)
    link = f"http://sky.example:{site.port}/comets"
    asha.say(link)
    for person in (asha, ben):
        shown = card(person, link)
        expect(shown.locator(".title")).to_have_text(TITLE)
        expect(shown.locator(".title")).to_have_attribute("href", link)
        expect(shown.locator(".site")).to_have_text("Sky & Telescope")
        expect(shown.locator(".host")).to_have_text(f"sky.example:{site.port}")
        expect(person.message(link).locator(".edited")).to_have_count(0)
        person.until(IS_AT_END)
        box, bubble = shown.bounding_box(), person.message(link).locator(".bubble").bounding_box()
        assert box
        assert bubble
        assert bubble["x"] <= box["x"]
        assert box["x"] + box["width"] <= bubble["x"] + bubble["width"]
        about = shown.locator(".about")
        assert about.evaluate("(each) => each.clientHeight < 3 * 20")  # of two lines
    asha.choose(link, "remove_preview")
    for person in (asha, ben):
        expect(card(person, link)).to_have_count(0)
    ben.reload()
    expect(card(ben, link)).to_have_count(0)
    assert site.paths() == ["/comets"]


def test_what_is_read_further_up_does_not_move(chat: Chat, site: Site) -> None:
    asha, ben = chat.asha, chat.ben
    texts = [f"Message {number}" for number in range(60)]
    stored.put_messages(chat.server.data, chat.room, texts, author="asha")
    for person in (asha, ben):
        person.open(chat.room)
    asha.page.get_by_test_id("timeline").evaluate("(each) => { each.scrollTop -= 400; }")
    asha.until("document.querySelector('.scrolled-up')")
    reading = asha.message("Message 45")
    before = reading.bounding_box()
    link = f"http://sky.example:{site.port}/comets"
    ben.say(link)
    expect(card(asha, link)).to_have_count(1)
    assert reading.bounding_box() == before


def test_only_the_author_and_moderators_are_offered_to_remove_it(chat: Chat, site: Site) -> None:
    asha, ben = chat.asha, chat.ben
    link = f"http://sky.example:{site.port}/comets"
    for person in (asha, ben):
        person.open(chat.room)
    asha.say(link, "no link")
    expect(card(ben, link)).to_have_count(1)
    offered = [(ben, link, False), (asha, link, True), (asha, "no link", False)]
    for person, text, is_offered in offered:
        person.message(text).focus()
        person.page.keyboard.press("Enter")
        menu = person.page.locator(".choices")
        expect(menu).to_be_visible()
        expect(menu.locator("[data-does=remove_preview]")).to_be_visible(visible=is_offered)
        person.page.keyboard.press("Escape")
        expect(menu).to_be_hidden()
        expect(person.message(text)).to_be_focused()  # it goes back a moment later
