"""Somebody at a browser, in the words of the tests: they open rooms, write and look."""

import json
import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from secrets import token_hex
from typing import Any, Self

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Error,
    FloatRect,
    JSHandle,
    Locator,
    Page,
    expect,
)

PASSWORD = "correct horse battery"
NO_CONNECTION = (
    "WebSocket connection to",
    "WebSocket is already in CLOSING or CLOSED state",
    "ERR_CONNECTION_",
    "ERR_EMPTY_RESPONSE",
    "ERR_CONTENT_LENGTH_MISMATCH",
)
"""What a browser says when the server is away, or goes while something is loaded."""
WORKER_INTERRUPTED = "An unknown error occurred when fetching the script"
"""What it says when the connection goes just while it takes the service worker: it tries again."""

EMPTY_PAGE = "/healthz"
"""Where a tab is between two tests: nothing runs there, and its process keeps what it compiled."""

OPEN = ".rooms-open, .q-dialog, dialog[open], :popover-open"
"""What lies over a view."""

SHOWN = """(timeline) => [...timeline.querySelectorAll('.message')].map((message) => ({
  seq: Number(message.dataset.seq ?? 0),
  author: message.dataset.author,
  state: message.dataset.state ?? '',
  text: message.querySelector('.message-body').innerText.trim(),
}))"""

IN_TIMELINE = """(() => {
  const timeline = document.querySelector('[data-testid=timeline][data-ready]');
  const all = [...timeline?.querySelectorAll('.message') ?? []].map(({ dataset }) => dataset);
  const seqs = all.map(({ seq }) => Number(seq ?? 0));
  return timeline && { ids: all.map(({ clientId }) => clientId), last: Math.max(0, ...seqs) };
})()"""
"""What stands in the timeline, once it was filled; else something false."""

NEW_IS_STORED = """(({ ids, last }) => {
  const isNew = ({ dataset }) => !ids.includes(dataset.clientId);
  const own = [...document.querySelectorAll('[data-testid=timeline] .message[data-state]')];
  const found = own.filter(isNew).map(({ dataset }) => dataset);
  return found.some(({ seq }) => seq > last) && found.every(({ state }) => state === 'sent');
})(argument)"""
"""Whether the reader has written something since `IN_TIMELINE`, and all of that is stored.

Other messages of the reader may have come meanwhile: older ones, those around a link, or what was
written before.
"""


@dataclass(frozen=True)
class Bubble:
    """A message as it stands in the timeline; `seq` is 0 for one that is not stored yet."""

    seq: int
    author: str
    state: str
    text: str


class Complaints:
    """What browsers put on their consoles; a test fails on whatever it did not expect."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.expected: list[str] = [WORKER_INTERRUPTED]

    def listen(self, page: Page, name: str) -> Callable[[], None]:
        """Note what this page complains of; return what ends that."""

        def on_error(error: Error) -> None:
            self.heard.append(f"{name}: {error}")

        def on_console(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"}:
                self.heard.append(f"{name}: {message.text} ({message.location.get('url')})")

        def stop() -> None:
            page.remove_listener("pageerror", on_error)
            page.remove_listener("console", on_console)

        page.on("pageerror", on_error)
        page.on("console", on_console)
        return stop

    def expect(self, *patterns: str) -> None:
        """Allow complaints that hold one of these patterns."""
        self.expected.extend(patterns)

    def unexpected(self) -> list[str]:
        """Return what nobody allowed."""
        return [
            complaint
            for complaint in self.heard
            if not any(re.search(pattern, complaint) for pattern in self.expected)
        ]


def sign_up(context: BrowserContext, address: str, name: str) -> None:
    """Make an account and log in, without a page."""
    answer = context.request.post(
        f"{address}/register",
        form={"username": name, "password": PASSWORD},
        headers={"Origin": address},
        max_redirects=0,
    )
    assert answer.status == 303, answer.text()


class Person:
    """Somebody with a browser of their own and one page open in it."""

    def __init__(
        self,
        name: str,
        context: BrowserContext,
        address: str,
        complaints: Complaints,
        tab: Page | None = None,
    ) -> None:
        self.name = name
        self.context = context
        self.address = address
        self.page = tab or context.new_page()
        self.complaints = complaints
        self._first_scripts = ExitStack()
        self._usual_size = self.page.viewport_size
        self._stop_listening = complaints.listen(self.page, name)

    def run_first(self, script: str) -> Self:
        """Have every page that is loaded from now on run a script before its own."""
        self._first_scripts.enter_context(self.page.add_init_script(script))
        return self

    def resize(self, width: int, height: int) -> Self:
        """Make the window this large, in pixels, until the end of the test."""
        self.page.set_viewport_size({"width": width, "height": height})
        return self

    @cached_property
    def has_fingers_only(self) -> bool:
        """Whether it is a phone, on whose keyboard Enter is a new line."""
        return bool(self.page.evaluate("matchMedia('(pointer: coarse)').matches"))

    @property
    def has_page(self) -> bool:
        """Whether a page of the chat was opened."""
        return self.page.url.startswith("http") and not self.page.url.endswith(EMPTY_PAGE)

    # -- coming in ---------------------------------------------------------------------------

    def register(self) -> Self:
        """Make an account in the form, as people do."""
        self.page.goto(f"{self.address}/register")
        self.page.fill("input[name=username]", self.name)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("button[type=submit]")
        return self.wait()

    def sign_up(self) -> Self:
        """Make an account and log in, without a page."""
        sign_up(self.context, self.address, self.name)
        return self

    def log_in(self, password: str = PASSWORD) -> Self:
        """Log in, in the form."""
        self.page.goto(f"{self.address}/login")
        self.page.fill("input[name=username]", self.name)
        self.page.fill("input[name=password]", password)
        self.page.click("button[type=submit]")
        return self.wait()

    def log_out(self) -> None:
        """Log out by the user menu."""
        self.page.get_by_test_id("user-menu").click()
        self.page.get_by_test_id("logout").click()
        self.page.wait_for_url("**/login")

    def open(self, where: int | str = "/", *, wait: bool = True) -> Self:
        """Load a room, by its id, or an address, with a page load."""
        self.page.goto(self.address + (where if isinstance(where, str) else f"/rooms/{where}"))
        return self.wait() if wait else self

    def go_to(self, room: int) -> Self:
        """Go to another room by its entry in the list."""
        self.room_entry(room).click()
        expect(self.page.locator(f"[data-testid=timeline][data-room='{room}']")).to_be_attached()
        return self.wait()

    def reload(self) -> Self:
        """Reload the page."""
        self.page.reload()
        return self.wait()

    def wait(self) -> Self:
        """Wait until the room stands there with its messages."""
        self.until("document.querySelector('[data-testid=timeline][data-ready]')")
        return self

    # -- writing -----------------------------------------------------------------------------

    @property
    def composer(self) -> Locator:
        """Where one types."""
        return self.page.get_by_test_id("composer")

    def write(self, text: str) -> None:
        """Type something and send it, without waiting for what comes of it."""
        self.composer.fill(text)
        if self.has_fingers_only:
            self.page.get_by_test_id("send").tap()
        else:
            self.composer.press("Enter")

    def say(self, *texts: str) -> None:
        """Send messages, one after the other, each until it is stored."""
        for text in texts:
            before = self.until(IN_TIMELINE).json_value()
            self.write(text)
            self.until(NEW_IS_STORED, before)

    def send(self, room: int, *texts: str) -> None:
        """Send messages all at a time, by the event with which the page itself sends."""
        self.tell("send", *({"room": room, "text": each, "id": token_hex(16)} for each in texts))

    def tell(self, event: str, *details: object) -> None:
        """Have the page say something, past what its modules think of it."""
        self.page.evaluate(
            """([event, details]) => details.forEach((detail) =>
              document.querySelector('[data-frame]').dispatchEvent(
                new CustomEvent('client_event', { detail: { event, detail } })))""",
            [event, list(details)],
        )

    # -- looking -----------------------------------------------------------------------------

    @property
    def timeline(self) -> Locator:
        """Where the messages are."""
        return self.page.get_by_test_id("timeline")

    @property
    def mine(self) -> Locator:
        """One's own messages that are stored."""
        return self.timeline.locator("[data-state=sent]")

    @property
    def connection(self) -> Locator:
        """The notice that the connection is down."""
        return self.page.get_by_test_id("connection")

    def message(self, text: str) -> Locator:
        """Return the message that says exactly this."""
        return self.timeline.locator(".message").filter(
            has=self.page.locator(
                ".message-body", has_text=re.compile(rf"^\s*{re.escape(text)}\s*$")
            )
        )

    def choose(self, text: str, action: str) -> None:
        """Choose something from the menu of the message that says exactly this."""
        message = self.message(text)
        message.hover()
        message.get_by_role("button", name="More").click()
        message.locator(f".choices [data-does={action}]").click()

    def choose_in_room(self, entry: str) -> None:
        """Choose something from the menu of the room that is open."""
        self.page.locator(".room-header").get_by_role("button", name="More").click()
        self.page.locator("#room-tools").get_by_role("menuitem", name=entry).click()

    def hold(self, text: str) -> None:
        """Rest a finger on the message that says exactly this until its menu opens; lift it."""
        box = self.box_at_rest(self.message(text).locator(".bubble"))
        finger = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        touch = self.context.new_cdp_session(self.page)
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [finger]})
        expect(self.page.get_by_role("menu")).to_be_visible()
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        touch.detach()

    def box_at_rest(self, element: Locator) -> FloatRect:
        """Return where an element is once it has stopped: a new message moves into its place."""
        element.hover(trial=True)
        box = element.bounding_box()
        assert box
        return box

    def accept(self) -> None:
        """Accept the one invitation to a room that there is."""
        self.page.get_by_role("link", name="Invitations").click()
        self.page.get_by_role("button", name="Accept").click()
        expect(self.timeline).to_be_attached()

    def sees(self, *texts: str) -> None:
        """Wait until each of these is there, once."""
        for text in texts:
            expect(self.message(text)).to_have_count(1)

    def never_sees(self, text: str, teller: Self) -> None:
        """Look for a text that was sent, in the Lobby, once what `teller` says later has come."""
        later = token_hex(8)
        teller.go_to(1).say(later)
        self.sees(later)
        assert text not in self.page.inner_text("body")

    def until_stored(self, text: str) -> None:
        """Wait until a message that was sent, and is drawn at once, is stored as well."""
        expect(self.message(text)).to_have_attribute("data-state", "sent")

    def message_rows(self) -> list[Locator]:
        """Return the messages in the timeline, from top to bottom."""
        return self.timeline.locator(".message").all()

    def shown(self) -> list[Bubble]:
        """Return what stands in the timeline now, from top to bottom."""
        return [Bubble(**each) for each in self.timeline.evaluate(SHOWN)]

    def texts(self) -> list[str]:
        """Return what the messages in the timeline say, from top to bottom."""
        return [each.text for each in self.shown()]

    def below(self, rule: Locator) -> str:
        """Return what the first message below a line in the timeline says."""
        return str(
            rule.evaluate(
                """(at) => {
                  do at = at.nextElementSibling; while (!at.matches('.message'));
                  return at.querySelector('.message-body').innerText.trim();
                }"""
            )
        )

    def room_entry(self, room: int) -> Locator:
        """Return a room's entry in the list."""
        return self.page.locator(f"[data-testid=room-list] [data-room-id='{room}']")

    def room_id(self) -> int:
        """Return the number of the room that is open."""
        return int(self.timeline.get_attribute("data-room") or 0)

    def mark(self) -> None:
        """Leave a mark that is gone after a page load."""
        self.page.evaluate("window.mark = 'here'")

    def is_same_page(self) -> bool:
        """Tell whether the mark is still there."""
        return bool(self.page.evaluate("window.mark === 'here'"))

    def until(self, condition: str, argument: object = None) -> JSHandle:
        """Wait until a JavaScript expression over `argument` is true, and return its value."""
        return self.page.wait_for_function(f"(argument) => {condition}", arg=argument)

    def until_kept(self, promise: str, argument: object = None) -> Any:
        """Wait until a promise over `argument` is kept with something true, and return that.

        For `until`, a promise is true in itself.
        """
        for _look in range(400):
            if kept := self.page.evaluate(f"(argument) => {promise}", argument):
                return kept
            self.page.wait_for_timeout(50)
        raise AssertionError(f"not kept: {promise}")

    def style(self, selector: str, name: str) -> str:
        """Return a computed style of the last element that fits."""
        return str(
            self.page.evaluate(
                f"getComputedStyle([...document.querySelectorAll({json.dumps(selector)})].at(-1))"
                f".getPropertyValue({json.dumps(name)})"
            )
        )

    def leave(self, address: str) -> Page:
        """Return the tab on an empty page of `address`, and clear what was stored for it."""
        self._stop_listening()
        self._first_scripts.close()
        if self._usual_size and self.page.viewport_size != self._usual_size:
            self.page.set_viewport_size(self._usual_size)
        if self.has_page:  # on a phone, what closes goes back in the history: that takes a moment
            self.until(f"!history.state?.isOver || document.querySelector('{OPEN}')")
        self.page.goto(f"{address}{EMPTY_PAGE}", wait_until="load")
        self.page.evaluate("localStorage.clear(); sessionStorage.clear()")
        return self.page
