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
from tests.linked_site import Site, html, linked_site, picture
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


@pytest.mark.long  # test_history.py reads further up, too
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


@pytest.mark.long  # tests/authorisation.py says who may
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


SHIFTS = """() => new Promise((done) => {
  const total = (entries) => entries.reduce((sum, { value }) => sum + value, 0);
  new PerformanceObserver((list) => done(total(list.getEntries())))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(done, 300, 0);
})"""


@pytest.mark.long  # tests/services/links has the pictures
def test_pictures_are_shown_by_this_server_and_move_nothing(chat: Chat, site: Site) -> None:
    asha, ben = chat.asha, chat.ben
    comet = "<meta property=og:image content=/{}><meta property=og:image:alt content='A comet'>"
    site.pages |= {"/wide.png": picture(1200, 630), "/square.png": picture(500, 500)}
    for name in ("wide", "square"):
        site.pages[f"/{name}"] = html(TITLE, more=ABOUT + comet.format(f"{name}.png"))
    wide, square, alone = (
        f"http://sky.example:{site.port}/{path}" for path in ("wide", "square", "wide.png")
    )
    for person in (asha, ben):
        person.open(chat.room)
    asha.say(wide, square, alone)
    asked: list[str] = []
    ben.page.on("request", lambda request: asked.append(request.url))
    for person in (asha, ben):
        for link in (wide, square, alone):
            shown = card(person, link).locator("img")
            shown.scroll_into_view_if_needed()
            expect(shown).to_have_js_property("complete", value=True)
            assert shown.evaluate("(each) => each.naturalWidth") == (176 if link == square else 640)
            is_beside = """(each) => each.getBoundingClientRect().top
              < each.closest(".link-card").querySelector(".title").getBoundingClientRect().bottom"""
            assert shown.evaluate(is_beside) == (link == square)
        box = card(person, wide).locator("img").bounding_box()
        around = card(person, wide).bounding_box()
        assert box
        assert around
        assert box["x"] + box["width"] <= around["x"] + around["width"]
        assert abs(box["width"] / box["height"] - 640 / 336) < 0.02
    assert card(ben, wide).locator("img").get_attribute("alt") == "A comet"
    assert card(ben, alone).locator(".title").inner_text() == "wide.png"
    ben.reload()
    expect(card(ben, alone).locator("img")).to_have_js_property("complete", value=True)
    assert ben.page.evaluate(SHIFTS) < 0.02
    assert asked
    here = (chat.server.address, "data:", "blob:")
    assert all(url.startswith(here) for url in asked), asked
    assert sorted(site.paths()) == sorted(["/wide", "/wide.png", "/square", "/square.png", *ALONE])


ALONE = ["/wide.png", "/wide.png"]
"""A link to a picture is asked for what it is, and then for the picture."""


@pytest.mark.long  # a further detail
def test_the_host_turns_pictures_off(chat: Chat, site: Site) -> None:
    asha = chat.asha
    site.pages["/wide.png"] = picture(1200, 630)
    site.pages["/wide"] = html(TITLE, more="<meta property=og:image content=/wide.png>")
    asha.open("/branding", wait=False)
    wanted = asha.page.get_by_label("Show pictures of linked pages")
    expect(wanted).to_be_checked()
    wanted.uncheck()
    wanted.locator("xpath=ancestor::form").get_by_role("button", name="Save").click()
    expect(asha.page.get_by_text("Saved.")).to_be_visible()
    asha.open(chat.room)
    link = f"http://sky.example:{site.port}/wide"
    asha.say(link)
    expect(card(asha, link).locator(".title")).to_have_text(TITLE)
    expect(card(asha, link).locator("img")).to_have_count(0)
    assert site.paths() == ["/wide"]
