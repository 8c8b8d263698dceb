"""A room with four hundred messages: the newest at once, older ones while one scrolls up."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser import stored
from tests.browser.person import Person
from tests.server import Server

MESSAGES = 400
PAGE = 50
# The text at the top of the view, and how far below its upper edge. The text, since the
# header over it goes away when the message before it is by the same author.
AT_TOP = """(timeline) => {
  const edge = timeline.getBoundingClientRect().top;
  const top = [...timeline.querySelectorAll('.message-body')]
    .find((body) => body.getBoundingClientRect().top > edge);
  return [Number(top.closest('.message').dataset.seq), top.getBoundingClientRect().top - edge];
}"""
WHERE_IS = """(timeline, seq) => timeline.querySelector(`[data-seq="${seq}"] .message-body`)
  .getBoundingClientRect().top - timeline.getBoundingClientRect().top"""


@pytest.fixture
def long_room(server: Server, room: int) -> int:
    """The room, with messages of one line and of several, all read."""
    texts = [f"message {n}" + "\n\nand more" * (n % 4) for n in range(1, MESSAGES + 1)]
    stored.put_messages(server.data, room, texts, author="ben")
    for person in ("asha", "ben"):
        stored.mark_read(server.data, room, person, MESSAGES)
    return room


def seqs(person: Person) -> list[int]:
    return [each.seq for each in person.shown()]


def test_the_newest_fifty_come_at_once_and_stand_at_the_bottom(
    asha: Person, long_room: int
) -> None:
    asha.open(long_room)
    assert seqs(asha) == list(range(MESSAGES - PAGE + 1, MESSAGES + 1))
    assert asha.timeline.evaluate("t => t.scrollHeight - t.scrollTop - t.clientHeight") < 2


def test_older_ones_come_while_scrolling_and_the_view_does_not_jump(
    asha: Person, long_room: int
) -> None:
    asha.open(long_room)
    first = MESSAGES - PAGE + 1
    while first > 1:
        # In one go, so that nothing can arrive between scrolling up and looking.
        look = f"(timeline) => {{ timeline.scrollTop = 60; return ({AT_TOP})(timeline); }}"
        seq, before = asha.timeline.evaluate(look)
        asha.until("document.querySelector(`.message[data-seq='${argument}']`)", first - 1)
        after = asha.timeline.evaluate(WHERE_IS, seq)
        assert abs(after - before) <= 4, f"message {seq} jumped"
        first = seqs(asha)[0]
    assert seqs(asha) == list(range(1, MESSAGES + 1))


@pytest.mark.long  # a further way to scroll
def test_scrolling_with_the_wheel_reaches_the_beginning(asha: Person, long_room: int) -> None:
    asha.open(long_room)
    asha.timeline.hover()
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        asha.page.mouse.wheel(0, -2000)
        asha.page.evaluate("new Promise(requestAnimationFrame)")
        if asha.timeline.evaluate("t => t.scrollTop === 0 && t.querySelector('[data-seq=\"1\"]')"):
            break
    assert seqs(asha) == list(range(1, MESSAGES + 1))


def test_new_messages_do_not_move_who_reads_old_ones(
    asha: Person, ben: Person, long_room: int
) -> None:
    asha.open(long_room)
    ben.open(long_room)
    newest = asha.page.locator(".newest")
    expect(newest).to_be_hidden()
    asha.timeline.evaluate("t => { t.scrollTop = t.scrollHeight / 2; }")
    expect(newest).to_be_visible()
    seq, before = asha.timeline.evaluate(AT_TOP)
    ben.say("news", "more news")
    expect(newest).to_have_attribute("data-count", "2")
    assert asha.timeline.evaluate(WHERE_IS, seq) == before
    newest.click()
    expect(newest).to_be_hidden()
    expect(asha.message("more news")).to_be_in_viewport()
    expect(newest).not_to_have_attribute("data-count", re.compile("."))


@pytest.mark.long  # a further way to scroll
def test_who_stands_at_the_bottom_stays_there(asha: Person, ben: Person, long_room: int) -> None:
    asha.open(long_room)
    ben.open(long_room).say("news")
    asha.sees("news")
    expect(asha.message("news")).to_be_in_viewport()
    expect(asha.page.locator(".newest")).to_be_hidden()


@pytest.mark.long  # a further way to scroll
def test_ones_own_message_brings_one_to_the_bottom(asha: Person, long_room: int) -> None:
    asha.open(long_room)
    asha.timeline.evaluate("t => { t.scrollTop = t.scrollHeight / 2; }")
    asha.say("here I am")
    expect(asha.message("here I am")).to_be_in_viewport()


@pytest.mark.long  # test_small_things.py opens such a room
def test_unread_messages_begin_below_a_line(
    asha: Person, ben: Person, server: Server, long_room: int
) -> None:
    stored.mark_read(server.data, long_room, "asha", MESSAGES - 20)
    asha.open(long_room)
    line = asha.timeline.locator(".rule.unread")
    expect(line).to_be_in_viewport()
    expect(line).to_have_text("New messages")
    assert asha.below(line).startswith(f"message {MESSAGES - 19}")


@pytest.mark.long  # a further way to scroll
def test_more_unread_than_one_page_is_all_there(
    asha: Person, server: Server, long_room: int
) -> None:
    stored.mark_read(server.data, long_room, "asha", MESSAGES - 180)
    asha.open(long_room)
    line = asha.timeline.locator(".rule.unread")
    expect(line).to_be_in_viewport()
    while (last := seqs(asha)[-1]) < MESSAGES:
        asha.timeline.evaluate("t => { t.scrollTop = t.scrollHeight; }")
        asha.until("document.querySelector(`.message[data-seq='${argument}']`)", last + 1)
    assert seqs(asha) == list(range(seqs(asha)[0], MESSAGES + 1))
    assert asha.below(line).startswith(f"message {MESSAGES - 179}")
