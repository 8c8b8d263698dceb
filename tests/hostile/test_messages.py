"""Messages that are dear to render cost their author, not those who read them."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from benchmarks.attacks import HEAVY
from chat_ui.realtime.session_queue import MAX_WAITING
from services.messages.queries import BATCH_BYTES
from services.messages.rendering.text import MAX_HTML
from tests.hostile.conftest import works
from tests.http_client import Browser, Page
from tests.server import Server

_numbers = count()
MAX_MESSAGE = 2 * MAX_HTML
"""Characters of a message with all that is around it."""


@pytest.fixture
def attacker(server: Server) -> Iterator[Page]:
    """The page of another member."""
    browser = Browser(server.address)
    browser.register(f"mallory{next(_numbers)}")
    with browser.open().connect() as opened:
        opened.catch_up()
        yield opened


@pytest.fixture
def stolen(browser: Browser) -> Iterator[Page]:
    """A page in another session of the same member."""
    thief = Browser(browser.address)
    thief.login("asha")
    with thief.open().connect() as opened:
        opened.catch_up()
        yield opened


def test_a_message_that_would_be_large_is_bounded(attacker: Page, page: Page) -> None:
    for text in HEAVY[:5]:
        number = f"heavy-{next(_numbers):06}"
        attacker.send(text, number)
        arrived = page.wait_for("chat_messages", lambda data, sent=number: sent in data["html"])
        assert len(arrived["html"]) < MAX_MESSAGE
    assert works(page)


def test_of_many_messages_at_once_none_is_lost_and_other_sessions_are_not_held_up(
    stolen: Page, page: Page
) -> None:
    """That they wait is seen in tests/pages/test_session_queue.py."""
    missing = {f"many-{next(_numbers):06}" for _each in range(3 * MAX_WAITING)}
    before_others: list[int] = []

    def is_last(data: dict[str, Any]) -> bool:
        missing.difference_update([each for each in missing if each in data["html"]])
        if "still here" in data["html"] and not before_others:
            before_others.append(len(missing))
        return not missing

    for number in sorted(missing):
        stolen.send(f"one of *many*: {number}", number)
    assert works(page)
    stolen.wait_for("chat_messages", is_last, within=60)
    assert before_others[0] > MAX_WAITING


@pytest.mark.long  # takes as much processor time as one member may use at once
def test_who_writes_too_much_has_to_wait_and_what_they_wrote_comes_in_parts(
    attacker: Page, page: Page
) -> None:
    numbers = []
    for text in HEAVY:
        numbers.append(f"heavy-{next(_numbers):06}")
        attacker.send(text, numbers[-1])
    refused = attacker.wait_for("chat_send_refused", within=60)
    assert refused["id"] in numbers
    assert "You're going too fast" in refused["sentence"]
    assert works(page)
    attacker.emit("event", attacker.event("catch_up", {"room": attacker.room, "last": 0}))
    started = attacker.wait_for("chat_messages", lambda data: data["how"] == "start", within=30)
    assert started["more"]
    assert len(started["html"]) < 2 * BATCH_BYTES  # what is around each text is not counted
    assert works(page)
