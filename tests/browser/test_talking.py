"""Two people talk: each message is on both screens once, without a page load."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from models.clock import now
from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import PASSWORD, Bubble, Person
from tests.server import Server


def test_two_newcomers_register_and_talk(enter: Enter) -> None:
    dora = enter("dora", new=True).register()
    emil = enter("emil", new=True).register()
    for person in (dora, emil):
        assert person.page.url == f"{person.address}/"
        expect(person.room_entry(person.room_id())).to_contain_text("Lobby")
        person.mark()
    dora.say("Good morning!")
    emil.sees("Good morning!")
    emil.say("Same to you.")
    dora.sees("Same to you.")
    for person in (dora, emil):
        assert [(each.author, each.text) for each in person.shown()[-2:]] == [
            ("dora", "Good morning!"),
            ("emil", "Same to you."),
        ]
        assert person.is_same_page()


def test_every_message_carries_what_others_rely_on(asha: Person, ben: Person, room: int) -> None:
    asha.open(room)
    ben.open(room)
    asha.say("first")
    ben.sees("first")
    ben.say("second")
    asha.sees("second")
    assert asha.shown() == [
        Bubble(1, "asha", "sent", "first"),
        Bubble(2, "ben", "", "second"),
    ]
    assert ben.shown() == [
        Bubble(1, "asha", "", "first"),
        Bubble(2, "ben", "sent", "second"),
    ]
    ids = [
        [message.get_attribute("data-message-id") for message in person.message_rows()]
        for person in (asha, ben)
    ]
    assert ids[0] == ids[1]
    assert all(number and number.isdecimal() for number in ids[0])


def test_a_message_is_sending_until_it_is_stored(asha: Person, server: Server) -> None:
    # Alone in the room: nobody's receipt comes between ✓ and the look at it.
    asha.open(stored.make_room(server.data, "Diary", ["asha"]))
    asha.page.evaluate(
        """() => {
          window.states = [];
          const note = () => {
            const shown = document.querySelector('[data-testid=timeline] [data-state]');
            const state = shown?.dataset.state + (shown?.dataset.seq ? ' stored' : '');
            if (shown && states.at(-1) !== state) states.push(state);
          };
          new MutationObserver(note).observe(document.querySelector('[data-testid=timeline]'),
            { subtree: true, childList: true, attributes: true });
        }"""
    )
    asha.say("on its way")
    assert asha.page.evaluate("states") == ["sending", "sent stored"]
    sent = asha.timeline.locator("[data-state=sent] header")
    assert "✓" in sent.evaluate("header => getComputedStyle(header, '::after').content")


def test_the_send_button_does_the_same(asha: Person, room: int) -> None:
    asha.open(room)
    asha.composer.fill("by button")
    asha.page.get_by_test_id("send").click()
    asha.sees("by button")
    expect(asha.mine).to_have_count(1)
    expect(asha.composer).to_have_value("")


def test_history_is_found_again_after_logging_out_and_in(enter: Enter) -> None:
    fritz = enter("fritz", new=True).sign_up().open()
    fritz.say("remember this")
    fritz.log_out()
    fritz.page.goto(f"{fritz.address}/")
    assert fritz.page.url.endswith("/login")
    fritz.log_in()
    fritz.sees("remember this")
    fritz.until_stored("remember this")


def test_a_wrong_password_gets_one_sentence(enter: Enter, contexts: object) -> None:
    stranger = enter("asha", new=True)
    stranger.complaints.expect("401")
    stranger.page.goto(f"{stranger.address}/login")
    stranger.page.fill("input[name=username]", "asha")
    stranger.page.fill("input[name=password]", PASSWORD + "!")
    stranger.page.click("button[type=submit]")
    expect(stranger.page.get_by_role("alert")).to_contain_text("Wrong username or password")
    expect(stranger.page.locator("input[name=username]")).to_have_value("asha")


@pytest.mark.long  # a detail of the look
def test_what_one_person_writes_in_a_row_goes_together(
    asha: Person, ben: Person, room: int
) -> None:
    asha.open(room).say("one", "two")
    ben.open(room).say("three")
    asha.sees("three")
    asha.say("four")
    ben.sees("four")
    for person in (asha, ben):
        continued = person.timeline.locator(".message.continued")
        expect(continued).to_have_count(1)
        expect(continued).to_contain_text("two")


@pytest.mark.long  # a detail of the look
def test_a_pause_of_five_minutes_parts_a_run(asha: Person, room: int, server: Server) -> None:
    start = datetime.fromisoformat("2024-03-01T10:00:00+00:00")
    times = [start, start + timedelta(minutes=4, seconds=59), start + timedelta(minutes=10)]
    stored.put_messages(server.data, room, ["a", "b", "c"], author="ben", times=times)
    asha.open(room)
    runs = [row.evaluate("row => row.matches('.continued')") for row in asha.message_rows()]
    assert runs == [False, True, False]


@pytest.mark.long  # test_clocks.py has days in other zones, too
def test_days_are_told_apart_where_the_reader_is(enter: Enter, room: int, server: Server) -> None:
    # In Auckland a new day begins at 12:00 UTC (11:00 in summer), in New York it does not.
    days = [datetime.fromisoformat(f"2024-03-0{day}T10:00:00+00:00") for day in (1, 2)]
    times = [days[0], days[0] + timedelta(hours=2), days[1]]
    stored.put_messages(server.data, room, ["early", "late", "next"], author="ben", times=times)
    expected = {
        "Pacific/Auckland": ["Friday", "Saturday"],
        "America/New_York": ["Friday", "Saturday"],
    }
    split = {"Pacific/Auckland": "late", "America/New_York": "next"}
    for zone, words in expected.items():
        asha = enter("asha", timezone_id=zone, locale="en-US").open(room)
        rules = asha.timeline.locator(".rule.day")
        expect(rules).to_have_count(2)
        assert [text.split(",")[0] for text in rules.all_inner_texts()] == words
        assert asha.below(rules.nth(1)) == split[zone]


@pytest.mark.long  # test_clocks.py has times in other zones, too
def test_times_are_shown_where_the_reader_is(enter: Enter, room: int, server: Server) -> None:
    moment = now() - timedelta(minutes=3)
    stored.put_messages(server.data, room, ["when?"], author="ben", times=[moment])
    for zone in ("Asia/Kolkata", "America/Los_Angeles"):
        asha = enter("asha", timezone_id=zone, locale="en-GB").open(room)
        expect(asha.message("when?").locator("time")).to_have_text(
            f"{moment.astimezone(ZoneInfo(zone)):%H:%M}"
        )


@pytest.mark.long  # test_clocks.py looks at it, too
def test_the_newest_day_is_called_today(asha: Person, room: int) -> None:
    asha.open(room).say("now")
    expect(asha.timeline.locator(".rule.day")).to_have_text("Today")


def test_code_can_be_copied(asha: Person, ben: Person, room: int) -> None:
    code = 'def greet(name):\n    return f"Hello, <{name}> & co"'
    ben.open(room).say(f"Look:\n```python\n{code}\n\n\n```")
    asha.open(room)
    block = asha.timeline.locator(".code")
    expect(block.locator(".code-language")).to_have_attribute("data-language", "python")
    expect(block.locator("pre span").first).to_be_attached()
    block.locator(".copy").click()
    expect(block.locator(".copy.done")).to_be_visible()
    # a line end behind it would run it in a terminal
    assert asha.page.evaluate("navigator.clipboard.readText()") == code


@pytest.mark.long  # the test above copies code
@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("```sh\nrm -i notes.txt\n```", "rm -i notes.txt"),
        ("```py\none\n\n  two\n\n\n```", "one\n\n  two"),
        ("so $\\frac{a}{b}$", "so \\frac{a}{b}"),
    ],
)
def test_the_text_of_a_message_can_be_copied(
    asha: Person, ben: Person, room: int, typed: str, read: str
) -> None:
    ben.open(room).say(typed)
    asha.open(room)
    message = asha.timeline.locator(".message[data-seq]").last
    message.hover()
    button = message.locator(".message-menu [data-does=text]")
    button.evaluate("(button) => button.click()")
    expect(message.locator(".message-menu .done")).to_be_attached()
    assert asha.page.evaluate("navigator.clipboard.readText()") == read


@pytest.mark.long  # a rare case
def test_marks_alone_are_seen_by_everybody(asha: Person, ben: Person, room: int) -> None:
    ben.open(room).say("#", "+")
    asha.open(room).sees("#", "+")
    expect(asha.page.locator(f".rooms [data-room-id='{room}'] .last-said")).to_contain_text("+")
    asha.choose("#", "reply")
    asha.composer.fill("what?")
    asha.composer.press("Enter")
    expect(asha.message("what?").locator(".quoted")).to_have_text("#")


def test_formulas_and_links(asha: Person, ben: Person, room: int) -> None:
    ben.open(room).say("$e^{i\\pi}+1=0$ and https://example.org/path and [x](https://example.com)")
    asha.open(room)
    expect(asha.timeline.locator(".message-body math")).to_have_count(1)
    links = asha.timeline.locator(".message-body a")
    assert [link.get_attribute("href") for link in links.all()] == [
        "https://example.org/path",
        "https://example.com",
    ]
    for link in links.all():
        assert link.get_attribute("target") == "_blank"
        assert {"noopener", "noreferrer"} <= set((link.get_attribute("rel") or "").split())


def test_long_words_stay_inside_their_bubble(asha: Person, room: int) -> None:
    asha.open(room).say("long" * 200, "`" + "code" * 200 + "`", "```\n" + "block" * 200 + "\n```")
    assert asha.timeline.evaluate("timeline => timeline.scrollWidth <= timeline.clientWidth")
    expect(asha.page).to_have_title(re.compile("Study group"))
