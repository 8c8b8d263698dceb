"""Polls: asked in a box, voted on by a click, and everybody sees how the votes stand."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import Person
from tests.server import Server


def ask(person: Person, question: str, *options: str, **more: object) -> None:
    """Fill in the box for a new poll; `more` names what is ticked or chosen in it."""
    person.page.locator(".composer [data-ask=new_poll]").click()
    form = person.page.get_by_test_id("new-poll")
    form.locator("[name=question]").fill(question)
    form.locator("[name=options]").fill("\n".join(options))
    for name in more:
        form.locator(f"[name={name}]").check()
    form.get_by_role("button").click()


def option(person: Person, question: str, text: str) -> Locator:
    return person.message(question).locator(".poll-option", has_text=text)


@pytest.mark.long  # a rare case
def test_an_answer_with_a_vertical_tab_stays_one(asha: Person, room: int) -> None:
    asha.open(room)
    ask(asha, "What to drink?", "Tea\x0bor coffee", "\x1b[34mWater\x1b[0m")
    answers = asha.message("What to drink?").locator(".poll-option .text")
    expect(answers).to_have_text(["Tea or coffee", "Water"])


def test_votes_move_for_all_who_look(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    ben.open(room)
    ask(asha, "Tea or coffee?", "Tea", "Coffee")
    expect(asha.page.get_by_test_id("new-poll")).to_have_count(0)
    option(ben, "Tea or coffee?", "Tea").click()
    expect(option(asha, "Tea or coffee?", "Tea").locator(".many")).to_have_text("1")
    expect(option(asha, "Tea or coffee?", "Tea")).to_have_attribute("aria-checked", "false")
    expect(option(ben, "Tea or coffee?", "Tea")).to_have_attribute("aria-checked", "true")
    option(ben, "Tea or coffee?", "Coffee").click()
    expect(option(asha, "Tea or coffee?", "Tea").locator(".many")).to_have_text("0")
    option(asha, "Tea or coffee?", "Coffee").click()
    for person in (asha, ben):
        expect(option(person, "Tea or coffee?", "Coffee").locator(".many")).to_have_text("2")
        expect(person.message("Tea or coffee?").locator(".poll-foot")).to_have_text("Voters: 2")
        person.message("Tea or coffee?").hover()
        person.message("Tea or coffee?").locator("[popovertarget=message-choices]").click()
        person.page.get_by_role("menuitem", name="View votes").click()
        expect(person.page.get_by_role("dialog").locator(".reactors").last).to_contain_text("ben")
        person.reload()
        expect(option(person, "Tea or coffee?", "Coffee")).to_have_attribute("aria-checked", "true")
    option(ben, "Tea or coffee?", "Coffee").click()
    expect(option(asha, "Tea or coffee?", "Coffee").locator(".many")).to_have_text("1")


@pytest.mark.long  # tests/services/messages hides voters, too
def test_one_sees_ones_own_vote_in_an_anonymous_poll_and_nobody_elses(
    asha: Person, ben: Person, room: int
) -> None:
    asha.open(room)
    ben.open(room)
    ask(asha, "Who leads?", "Asha", "Ben", "Chen", anonymous=True, multiple=True)
    option(ben, "Who leads?", "Asha").click()
    expect(option(ben, "Who leads?", "Asha")).to_have_attribute("aria-checked", "true")
    option(ben, "Who leads?", "Chen").click()
    expect(option(asha, "Who leads?", "Chen").locator(".many")).to_have_text("1")
    ben.reload()
    expect(option(ben, "Who leads?", "Asha")).to_have_attribute("aria-checked", "true")
    expect(option(ben, "Who leads?", "Chen")).to_have_attribute("aria-checked", "true")
    expect(option(ben, "Who leads?", "Ben")).to_have_attribute("aria-checked", "false")
    for person in (asha, ben):
        for name in ("Asha", "Ben", "Chen"):
            assert option(person, "Who leads?", name).get_attribute("data-by") == ""
    expect(option(asha, "Who leads?", "Asha")).to_have_attribute("aria-checked", "false")


@pytest.mark.long  # a further way in which votes come
def test_own_votes_are_there_when_rooms_are_opened_in_quick_succession(
    asha: Person, room: int, server: Server
) -> None:
    other = stored.make_room(server.data, "Elsewhere", ["asha"])
    for number in (room, other):
        asha.open(number)
        ask(asha, "Who leads?", "Asha", "Ben", anonymous=True)
        option(asha, "Who leads?", "Ben").click()
        expect(option(asha, "Who leads?", "Ben")).to_have_attribute("aria-checked", "true")
    asha.open("/mentions", wait=False)  # this page has no votes yet
    asha.room_entry(room).click()
    asha.room_entry(other).click()
    for number in (other, room):
        expect(asha.timeline).to_have_attribute("data-room", str(number))
        expect(option(asha, "Who leads?", "Ben")).to_have_attribute("aria-checked", "true")
        asha.room_entry(room).click()


@pytest.mark.long  # tests/services refuses further votes
def test_its_author_closes_it_and_nobody_votes_any_more(
    asha: Person, ben: Person, room: int
) -> None:
    asha.open(room)
    ben.open(room)
    ask(ben, "Now?", "Yes", "No")
    option(asha, "Now?", "Yes").click()
    expect(option(ben, "Now?", "Yes").locator(".many")).to_have_text("1")
    ben.message("Now?").hover()
    ben.message("Now?").locator("[popovertarget=message-choices]").click()
    expect(ben.page.get_by_role("menuitem", name="Edit")).not_to_be_visible()
    ben.page.get_by_role("menuitem", name="Close poll").click()
    ben.page.get_by_role("dialog").get_by_role("button", name="Close poll").click()
    for person in (asha, ben):
        expect(person.message("Now?").locator(".poll-foot")).to_contain_text(
            "closed", use_inner_text=True
        )
        expect(option(person, "Now?", "No")).to_be_disabled()
        expect(option(person, "Now?", "Yes").locator(".many")).to_have_text("1")


@pytest.mark.long  # waits; its author closes one above
def test_its_time_closes_it_before_the_eyes_of_who_looks(
    asha: Person, ben: Person, server: Server, room: int
) -> None:
    asha.open(room)
    ask(asha, "Soon?", "Yes", "No")
    expect(option(asha, "Soon?", "Yes")).to_be_enabled()
    stored.close_polls_in(server.data, room, 8)
    ben.open(room).mark()
    expect(option(ben, "Soon?", "Yes")).to_be_enabled()
    expect(ben.message("Soon?").locator(".poll-foot")).to_contain_text(
        "closes", use_inner_text=True
    )
    option(ben, "Soon?", "Yes").click()
    expect(option(ben, "Soon?", "Yes").locator(".many")).to_have_text("1")
    expect(ben.message("Soon?").locator(".poll-foot")).to_contain_text(
        "closed", use_inner_text=True
    )
    expect(option(ben, "Soon?", "No")).to_be_disabled()
    assert ben.is_same_page()
    # Whatever a page shows, the service refuses.
    asha.tell("vote", {"room": room, "seq": 1, "numbers": [2]})
    expect(asha.page.get_by_text("This poll is closed.")).to_be_visible()
    expect(option(ben, "Soon?", "No").locator(".many")).to_have_text("0")


def test_one_answer_is_no_poll_and_says_so(asha: Person, room: int) -> None:
    asha.open(room)
    ask(asha, "Sure?", "Yes")
    expect(asha.page.get_by_text("A poll has 2 to 12 answers.")).to_be_visible()
    expect(asha.page.get_by_test_id("new-poll")).to_be_visible()
    assert asha.shown() == []


@pytest.mark.long  # a further detail
def test_a_vote_on_one_device_shows_on_the_other(
    enter: Enter, asha: Person, ben: Person, room: int
) -> None:
    asha.open(room)
    ask(asha, "Where?", "Inside", "Garden")
    option(ben.open(room), "Where?", "Garden").click()
    phone = enter("ben", phone=True).open(room)
    expect(option(phone, "Where?", "Garden")).to_have_attribute("aria-checked", "true")
    option(phone, "Where?", "Inside").tap()
    expect(option(ben, "Where?", "Inside")).to_have_attribute("aria-checked", "true")
    expect(option(ben, "Where?", "Garden")).to_have_attribute("aria-checked", "false")
