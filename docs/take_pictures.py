"""Take the pictures in `docs/pictures/`, of the real app: `python -m docs.take_pictures`.

It needs the libraries of the tests (`pip install -e '.[test]'`) and Chromium. The app runs on a
temporary data folder.
"""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

from tests.server import Server

PICTURES = Path(__file__).parent / "pictures"
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
PASSWORD = "violet kettle harbour"  # noqa: S105  (of temporary accounts)
PEOPLE = {"asha": "Asha Rao", "ben": "Ben Okafor", "chen": "Chen Wei", "divya": "दिव्या शर्मा"}
HUES = {"asha": 265, "ben": 30, "chen": 160, "divya": 330}
ROOMS = {
    "Physics 11": "Falling bodies · hand in by Friday",
    "Chess club": "Tuesdays at four, room 12",
    "Python beginners": "No question is too small",
}
MESSAGES = [
    ("asha", "Hello! Problem 3: how long does a ball take to fall from 20 m?"),
    (
        "ben",
        r"From $s = \frac{1}{2} g t^2$ I get $t = \sqrt{\frac{2s}{g}}$, so about **2 seconds**.",
    ),
    (
        "chen",
        """Same here. I let Python do the sums:
```python
from math import sqrt
def fall_time(height: float, g: float = 9.81) -> float:
    return sqrt(2 * height / g)

print(f"{fall_time(20):.2f} s")  # 2.02 s
```""",
    ),
    ("divya", "और चाँद पर? वहाँ तो g सिर्फ़ 1.62 है 🌙"),
    (
        "chen",
        """| where | g in m/s² | seconds |
|---|---|---|
| Earth | 9.81 | 2.02 |
| Moon | 1.62 | 4.97 |""",
    ),
]
QUESTION, REPLY = "और चाँद पर?", "Lovely, all of you. @divya, चाँद पर लगभग पाँच सेकंड।"
REACTIONS = [
    ("asha", "Same here", "👍"),
    ("divya", "Same here", "👍"),
    ("ben", "Same here", "🎉"),
    ("divya", "Lovely, all of you", "❤️"),
]
OTHER_MESSAGES = [
    ("Lobby", "ben", "Is the library open on Saturday?"),
    ("Chess club", "ben", "I bring two boards."),
    ("Chess club", "divya", "और मैं घड़ी लाऊँगी।"),
]


def main() -> None:
    """Let a few people chat, and take pictures of their pages."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        data = Path(folder) / "data"
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        with Server(data) as server, closing(browser):
            outside = browser.new_page(base_url=server.address, viewport=DESKTOP)
            pages = {name: _register(browser, server, name) for name in PEOPLE}
            # Not before: without an account, the page explains how to make the first.
            outside.goto("/login")
            _screenshot(outside, "login")
            _chat(pages)
            _adjust(data / "chat.db")
            asha = pages["asha"].context
            with _page_of(asha, "light", DESKTOP) as page:
                _screenshot(page, "chat-light")
            with _page_of(asha, "dark", DESKTOP) as page:
                _screenshot(page, "chat-dark")
            with _page_of(asha, "light", PHONE) as page:
                _screenshot(page, "phone")


def _register(browser: Browser, server: Server, name: str) -> Page:
    context = browser.new_context(base_url=server.address, viewport=DESKTOP, locale="en-GB")
    page = context.new_page()
    page.goto("/register")
    page.fill("[name=username]", name)
    page.fill("[name=display_name]", PEOPLE[name])
    page.fill("[name=password]", PASSWORD)
    page.click("form button")
    expect(page.get_by_test_id("composer")).to_be_visible()
    return page


def _chat(pages: dict[str, Page]) -> None:
    for name, topic in ROOMS.items():
        asha = pages["asha"]
        asha.get_by_test_id("new-room").click()
        asha.fill(".q-dialog [name=name]", name)
        asha.fill(".q-dialog [name=topic]", topic)
        asha.click(".q-dialog button[type=submit]")
        _wait_for_room(asha, name)
        for person in ("ben", "chen", "divya"):
            pages[person].goto("/rooms")
            pages[person].wait_for_function("window.did_handshake")
            pages[person].fill("[name=words]", name)
            pages[person].press("[name=words]", "Enter")
            expect(pages[person].locator(".found-name")).to_have_text([name])
            pages[person].get_by_role("button", name="Join").click()
            _wait_for_room(pages[person], name)
    for person, text in MESSAGES:
        _send_in(pages[person], "Physics 11", text)
    _reply(pages["asha"], QUESTION, REPLY)
    for person, text, emoji in REACTIONS:
        _react(pages[person], text, emoji)
    for room, person, text in OTHER_MESSAGES:
        _send_in(pages[person], room, text)


def _send_in(page: Page, room: str, text: str) -> None:
    _open_room(page, room)
    _send(page, text)


def _send(page: Page, text: str) -> None:
    sent = page.locator(".message[data-state=sent]").count()
    page.get_by_test_id("composer").fill(text)
    page.get_by_test_id("send").click()
    expect(page.locator(".message[data-state=sent]")).to_have_count(sent + 1)


def _reply(page: Page, question: str, text: str) -> None:
    _hover_message(page, question)
    page.locator("#message-menu .bar [data-does=reply]").click()
    _send(page, text)


def _react(page: Page, text: str, emoji: str) -> None:
    _hover_message(page, text)
    page.locator("#message-menu .quick button", has_text=emoji).click()
    message = page.locator(".message", has_text=text)
    expect(message.locator(".reactions button", has_text=emoji).first).to_be_visible()


def _hover_message(page: Page, text: str) -> None:
    _open_room(page, "Physics 11")
    page.locator(".message", has=page.locator(".message-body", has_text=text)).hover()


def _open_room(page: Page, name: str) -> None:
    page.get_by_test_id("room-list").get_by_role("link", name=name).click()
    _wait_for_room(page, name)


def _wait_for_room(page: Page, name: str) -> None:
    expect(page.locator(".room-title .name")).to_have_text(name)
    expect(page.locator(".timeline[data-ready]")).to_be_visible()


def _adjust(database: Path) -> None:
    """Spread the messages over a quarter of an hour, and choose the colours."""
    with closing(sqlite3.connect(database)) as connection, connection:
        for name, hue in HUES.items():
            connection.execute("UPDATE users SET hue = ? WHERE username = ?", (hue, name))
        rows = connection.execute("SELECT id, created_at FROM messages ORDER BY id DESC").fetchall()
        for back, (message, created) in enumerate(rows):
            moment = datetime.fromisoformat(created) - timedelta(minutes=2 * back)
            connection.execute(
                "UPDATE messages SET created_at = ? WHERE id = ?",
                (moment.strftime("%Y-%m-%d %H:%M:%S.%f"), message),
            )


@contextmanager
def _page_of(
    context: BrowserContext, theme: Literal["light", "dark"], size: ViewportSize
) -> Iterator[Page]:
    page = context.new_page()
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size(size)
    page.goto("/")
    _wait_for_room(page, "Physics 11")
    expect(page.locator(".message[data-seq]")).to_have_count(len(MESSAGES) + 1)
    yield page
    page.close()


def _screenshot(page: Page, name: str) -> None:
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(500)  # until transitions have ended
    page.screenshot(path=PICTURES / f"{name}.png")
    print(f"docs/pictures/{name}.png: {(PICTURES / f'{name}.png').stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
