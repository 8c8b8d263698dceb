"""Take the pictures in `docs/pictures/`, of the demo: `python -m docs.take_pictures`.

It needs the libraries of the tests (`pip install -e '.[test]'`) and Chromium. The demo is as at one
moment, whenever the pictures are taken: `tests/browser/test_pictures.py` compares them.
"""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from chat_ui.server.commands import demo
from services.core.settings import Settings
from services.demo.script import PASSWORD, READER
from tests.browser.conftest import ARGUMENTS, find_browser
from tests.server import Server

PICTURES = Path(__file__).parent / "pictures"
MOMENT = datetime(2026, 3, 12, 15, 40, tzinfo=UTC)
"""When the pictures are taken, as the pages see it."""
OPTIONS = {"reduced_motion": "reduce", "timezone_id": "UTC", "locale": "en-GB"}
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
TABLET = {"viewport": {"width": 820, "height": 1180}, "has_touch": True}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SMALL_PHONE = PHONE | {"viewport": {"width": 320, "height": 568}}
ASIDE = PHONE | {"viewport": {"width": 667, "height": 375}}
DARK = {"color_scheme": "dark"}
HINDI = {"locale": "hi-IN"}


def room(name: str, then: Callable[[Page], None] = lambda _page: None) -> Callable[[Page], None]:
    """Return what opens a room, and then something in it."""

    def open_room(page: Page) -> None:
        page.goto("/rooms/mine")
        link = page.get_by_test_id("my-rooms").get_by_role("link", name=name).first
        page.goto(link.get_attribute("href") or "")
        expect(page.locator(".timeline[data-ready]")).to_be_visible()
        then(page)

    return open_room


def address(path: str) -> Callable[[Page], None]:
    """Return what opens an address."""

    def go(page: Page) -> None:
        page.goto(path)
        expect(page.locator("main")).to_be_visible()

    return go


def show_rooms(page: Page) -> None:
    """Open the list of rooms, on a phone."""
    page.locator(".room-header [data-action=rooms]").click()
    expect(page.get_by_test_id("room-list")).to_be_in_viewport()


def beside(panel: str) -> Callable[[Page], None]:
    """Return what opens a panel of the room that is open."""

    def open_panel(page: Page) -> None:
        page.goto(f"{page.url}/{panel}")
        expect(page.locator(".panel")).to_be_visible()
        expect(page.locator(".timeline[data-ready]")).to_be_visible()

    return open_panel


@dataclass(frozen=True)
class Picture:
    """A view of the demo, in a window of some size."""

    name: str
    open: Callable[[Page], None]
    options: dict[str, object] = field(default_factory=lambda: DESKTOP)
    is_logged_in: bool = True
    is_compared: bool = False
    """Whether a test looks for differences."""


PHYSICS = "Physics 11"
ALL = (
    Picture("login", address("/login"), is_logged_in=False, is_compared=True),
    Picture("chat-light", room(PHYSICS), is_compared=True),
    Picture("chat-dark", room(PHYSICS), DESKTOP | DARK, is_compared=True),
    Picture("chat-hindi", room(PHYSICS), DESKTOP | HINDI, is_compared=True),
    Picture("media", room("Museum trip"), is_compared=True),
    Picture("members", room("Chess club", beside("members"))),
    Picture("pins", room("Notice board", beside("pins"))),
    Picture("search", room("Museum trip", beside("search?q=bus"))),
    Picture("account", address("/account")),
    Picture("phone", room(PHYSICS), PHONE, is_compared=True),
    Picture("phone-dark", room(PHYSICS), PHONE | DARK),
    Picture("phone-list", room(PHYSICS, show_rooms), PHONE, is_compared=True),
    Picture("phone-list-dark", room(PHYSICS, show_rooms), PHONE | DARK, is_compared=True),
    Picture("phone-list-hindi", room(PHYSICS, show_rooms), PHONE | HINDI),
    Picture("phone-small", room(PHYSICS), SMALL_PHONE),
    Picture("phone-aside", room(PHYSICS), ASIDE),
    Picture("tablet", room(PHYSICS), TABLET),
)


def take(browser: Browser, folder: Path, pictures: tuple[Picture, ...]) -> Iterator[bytes]:
    """Start the demo in a new folder, and yield pictures of it as PNG files."""
    data = folder / "data"
    # In a process of its own: in this one, Playwright's event loop runs.
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        pool.submit(_prepare, data).result()
    with Server(data) as server:
        with closing(_context(browser, server)) as context:
            session = _log_in(context)
        for picture in pictures:
            known = {"storage_state": session} if picture.is_logged_in else {}
            with closing(_context(browser, server, **picture.options, **known)) as context:
                page = context.new_page()
                page.clock.set_fixed_time(MOMENT)
                picture.open(page)
                page.evaluate("document.fonts.ready")
                page.wait_for_load_state("networkidle")
                yield page.screenshot(animations="disabled", caret="hide")


def _prepare(data: Path) -> None:
    asyncio.run(demo.prepare(Settings(data=data), MOMENT))


def _context(browser: Browser, server: Server, **options: object) -> BrowserContext:
    return browser.new_context(base_url=server.address, **OPTIONS | options)  # type: ignore[arg-type]


def _log_in(context: BrowserContext) -> object:
    page = context.new_page()
    page.goto("/login")
    page.fill("[name=username]", READER)
    page.fill("[name=password]", PASSWORD)
    page.click(".card button[type=submit]")
    expect(page.get_by_test_id("composer")).to_be_visible()
    _read(page)
    return context.storage_state()


def _read(page: Page) -> None:
    """Load the first room until it is known to be read, so that all pictures show it alike."""
    for _attempt in range(20):
        page.goto("/")
        expect(page.locator(".message[data-seq]").last).to_be_visible()
        if page.locator(".rule.unread").count() == 0:
            return
    raise AssertionError("the room stays unread")


def main() -> None:
    """Write all pictures."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        found = find_browser(playwright.chromium)
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        for picture, png in zip(ALL, take(browser, Path(folder), ALL), strict=True):
            (PICTURES / f"{picture.name}.png").write_bytes(png)
            print(f"docs/pictures/{picture.name}.png: {len(png) // 1000} kB")


if __name__ == "__main__":
    main()
