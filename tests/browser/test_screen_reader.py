"""What a screen reader is told: names, states and counts in words, and what is said by itself."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.browser.test_menus import open_menu
from tests.browser.test_polls import ask
from tests.server import Server

TIME = r"\d+:\d\d( [AP]M)?"


def announced(person: Person) -> Locator:
    """Return the sentences that are said by themselves."""
    return person.page.get_by_test_id("announcer").locator("p")


def test_a_message_is_an_article_named_by_who_when_and_what_became_of_it(
    asha: Person, ben: Person, room: int
) -> None:
    asha.open(room).say("one", "two")
    two = asha.message("two")
    expect(two).to_have_role("article")
    expect(two).to_have_accessible_name(re.compile(rf"^asha {TIME} (Sent|Delivered)$"))
    ben.open(room).sees("two")
    expect(two).to_have_accessible_name(re.compile(rf"^asha {TIME} Read$"))
    asha.tell("edit", {"room": room, "seq": 2, "text": "two, rather"})
    for person in (asha, ben):
        expect(person.message("two, rather")).to_have_accessible_name(
            re.compile(rf"^asha {TIME} edited")
        )
    expect(asha.message("two, rather")).to_have_accessible_name(re.compile("edited Read$"))
    expect(ben.message("two, rather")).not_to_have_accessible_name(re.compile("Read"))


def test_only_new_messages_at_the_end_are_said(
    asha: Person, ben: Person, room: int, server: Server
) -> None:
    stored.put_messages(server.data, room, [f"line {n}" for n in range(120)], author="ben")
    stored.mark_read(server.data, room, "asha", 120)
    asha.open(room)
    expect(asha.timeline).to_have_role("log")
    expect(asha.timeline).to_have_attribute("aria-live", "off")
    ben.open(room).write("news")
    expect(announced(asha)).to_have_text(["ben: news"])
    asha.timeline.evaluate("(timeline) => { timeline.scrollTop = 0; }")
    asha.sees("line 30")  # was loaded
    ben.tell("react", {"room": room, "seq": 121, "emoji": "👍", "on": True})
    expect(asha.message("news").locator(".reaction .many")).to_have_text("1")
    asha.write("mine")
    ben.sees("mine")
    ben.write("more")
    expect(announced(asha)).to_have_text(["ben: news", "ben: more"])


@pytest.mark.long  # a further detail
@pytest.mark.parametrize("several", [False, True])
def test_a_poll_is_a_group_of_choices(asha: Person, room: int, several: bool) -> None:
    asha.open(room)
    ask(asha, "Tea or coffee?", "Tea", "Coffee", **({"multiple": True} if several else {}))
    group = asha.page.get_by_role("group" if several else "radiogroup", name="Tea or coffee?")
    choices = group.get_by_role("checkbox" if several else "radio")
    expect(choices).to_have_count(2)
    tea, coffee = choices.all()
    expect(tea).to_have_accessible_name("Tea, votes: 0 (0%)")
    tea.focus()
    if not several:
        asha.page.keyboard.press("ArrowDown")
        expect(coffee).to_be_focused()
        asha.page.keyboard.press("ArrowDown")
        expect(tea).to_be_focused()
    asha.page.keyboard.press("Space")
    expect(tea).to_be_checked()
    expect(coffee).not_to_be_checked()
    expect(tea).to_have_accessible_name("Tea, votes: 1 (100%)")


@pytest.mark.long  # a further detail
def test_counts_have_words(asha: Person, ben: Person, room: int, server: Server) -> None:
    other = stored.make_room(server.data, "Elsewhere", ["asha", "ben"])
    asha.open(other)
    ben.open(room).say("one", "two @asha")
    entry = asha.room_entry(room)
    expect(entry).to_have_accessible_name(
        re.compile("^Study group 2 unread messages, 1 mention of you$")
    )
    asha.go_to(room)
    expect(entry).to_have_accessible_name("Study group")
    for person in (ben, asha):
        person.tell("react", {"room": room, "seq": 1, "emoji": "👍", "on": True})
    chip = asha.message("one").locator(".reaction[data-emoji]")
    expect(chip).to_have_accessible_name("2 people reacted with 👍")
    ben.tell("react", {"room": room, "seq": 1, "emoji": "👍", "on": False})
    expect(chip).to_have_accessible_name("1 person reacted with 👍")


def test_a_dialog_takes_the_focus_to_its_first_control_and_gives_it_back(
    asha: Person, room: int
) -> None:
    asha.open(room)
    asha.say("hello")
    menu = open_menu(asha, "hello")
    menu.locator("[data-does=forward]").press("Enter")
    forward = asha.page.get_by_role("dialog", name="Forward to")
    expect(forward.get_by_role("combobox")).to_be_focused()
    asha.page.keyboard.press("Escape")
    expect(forward).to_have_count(0)
    expect(asha.page.locator(".message :focus, .message:focus")).to_have_count(1)

    opener = asha.page.get_by_test_id("new-room")
    opener.press("Enter")
    expect(asha.page.locator(".dialog input[name=name]")).to_be_focused()
    asha.page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def test_the_first_tab_leads_past_the_sidebar(asha: Person, room: int) -> None:
    asha.open(room)
    asha.page.evaluate("document.body.tabIndex = -1; document.body.focus()")  # as a new page has it
    asha.page.keyboard.press("Tab")
    skip = asha.page.get_by_role("button", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    asha.page.keyboard.press("Enter")
    expect(asha.timeline).to_be_focused()
    skip.focus()
    asha.page.keyboard.press("Tab")
    asha.page.keyboard.press("Enter")
    expect(asha.composer).to_be_focused()


@pytest.mark.long  # test_refusals.py looks at fields, too
def test_what_is_refused_is_said_of_its_field(asha: Person, enter: Enter) -> None:
    asha.page.goto(f"{asha.address}/healthz")
    stranger = enter("stranger", new=True)
    stranger.complaints.expect(r"status of 4\d\d")
    for address, fields, wrong in (
        ("/login", {"username": "asha", "password": "not hers at all"}, "password"),
        ("/register", {"username": "asha", "password": "correct horse battery"}, "username"),
        ("/register", {"username": "newone", "password": "password"}, "password"),
    ):
        stranger.page.goto(stranger.address + address)
        for name, value in fields.items():
            stranger.page.fill(f"input[name={name}]", value)
        stranger.page.click(".card button[type=submit]")
        sentence = stranger.page.locator("#refusal")
        expect(sentence).to_be_visible()
        field = stranger.page.locator(f"input[name={wrong}]")
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description(re.compile(re.escape(sentence.inner_text())))
