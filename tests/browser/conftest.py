"""A real browser, a real server, and three people: asha owns rooms, ben is in them, chen is not.

One server, and browser contexts for the three and for newcomers, serve all tests, since starting
them takes seconds; each test has pages and a room of its own. The fixtures live as long as this
package: Playwright's loop must be gone before asynchronous tests elsewhere start theirs.
"""

import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    BrowserType,
    Page,
    expect,
    sync_playwright,
)

from tests.browser import stored
from tests.browser.person import Complaints, Person, sign_up
from tests.conftest import NewFolder
from tests.server import Server

ARGUMENTS = [
    "--use-fake-device-for-media-stream",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-sync",
    "--disable-component-update",
    "--js-flags=--no-opt",  # no page of a test lives long enough to gain by optimised code
    # Drawn beside the address bar that nobody sees, in a process for each context: a fifth of all
    # the browser's work. Chromium takes the last list only, so those of Playwright's that matter
    # here are named again.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,"
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,"
    "HttpsFirstBalancedModeAutoEnable,MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,"
    "OptimizationHints,NetworkTimeServiceQuerying,PreconnectToSearch",
]
NAMES = (
    "chromium-headless-shell",  # a third less work than Chromium without its windows
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
PATIENCE = 15_000
"""Milliseconds that a condition may take: it only costs time when it fails."""
expect.set_options(timeout=PATIENCE)
PERMISSIONS = ["clipboard-read", "clipboard-write"]
"""What pages of the three may use; they get nothing else, like a microphone."""
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

Enter = Callable[..., Person]


def find_browser(chromium: BrowserType) -> str | None:
    """Return a Chromium of the system, or the one that Playwright installed."""
    own = chromium.executable_path
    return next(filter(None, map(shutil.which, NAMES)), own if Path(own).exists() else None)


@pytest.fixture(scope="package")
def browser(new_folder: NewFolder) -> Iterator[Browser]:
    """A browser without a window.

    The folder comes first: it is made by a loop of its own, and now Playwright's runs.
    """
    with sync_playwright() as playwright:
        found = find_browser(playwright.chromium)
        if found is None:
            missing = (
                "no Chromium found: apt install chromium-headless-shell, "
                "or playwright install chromium"
            )
            if os.environ.get("CHAT_REQUIRE_BROWSER") == "1":
                pytest.fail(missing)
            pytest.skip(missing)
        started = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="package")
def server(browser: Browser, new_folder: NewFolder) -> Iterator[Server]:
    """The server that most tests share; whoever stops one starts their own."""
    with Server(new_folder(), CHAT_MESSAGE_RATE="1000 per 10 seconds") as started:
        yield started


def new_context(browser: Browser, **options: object) -> BrowserContext:
    """Return a patient browser context."""
    context = browser.new_context(**options)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE)
    return context


@pytest.fixture(scope="package")
def contexts(browser: Browser, server: Server) -> Iterator[dict[str, BrowserContext]]:
    """The browser contexts that are kept: each of the three has one, and is logged in there.

    `enter` adds those of phones and of newcomers.
    """
    made = {}
    for name in ("asha", "ben", "chen"):
        made[name] = new_context(browser, permissions=PERMISSIONS)
        sign_up(made[name], server.address, name)
    yield made
    for context in made.values():
        context.close()


@pytest.fixture(scope="package")
def tabs() -> dict[str, list[Page]]:
    """Tabs in these contexts, for one test after another.

    The first page in a new tab costs five times as much as any later one: the tab's process
    starts and compiles every script.
    """
    return defaultdict(list)


@pytest.fixture(autouse=True)
def _no_rooms(request: pytest.FixtureRequest) -> None:
    """Let no room of an earlier test be listed, or unread, for the three."""
    if "contexts" in request.fixturenames:
        request.getfixturevalue("contexts")
        data = request.getfixturevalue("server").data
        stored.leave_rooms(data, ["asha", "ben", "chen"])
        stored.read_everything(data)


@pytest.fixture(autouse=True)
def complaints() -> Iterator[Complaints]:
    """What consoles say during the test: nothing that is not expected."""
    noted = Complaints()
    yield noted
    assert noted.unexpected() == []


@pytest.fixture
def enter(
    browser: Browser,
    complaints: Complaints,
    contexts: dict[str, BrowserContext],
    server: Server,
    tabs: dict[str, list[Page]],
) -> Iterator[Enter]:
    """Let somebody open a page: where they are logged in, or in a `new` browser; at a `phone`.

    Other options go to Playwright, which then makes a context for this test alone.
    """
    people: list[tuple[str, Person]] = []
    made: list[BrowserContext] = []
    newcomers = count()

    def let_in(
        name: str, *, address: str = "", new: bool = False, phone: bool = False, **options: object
    ) -> Person:
        seat = f"newcomer {next(newcomers)}" if new else name
        if phone:
            seat += " at a phone"
        context = None if options else contexts.get(seat)
        if context is None:
            known = {} if new else {"storage_state": contexts[name].storage_state()}
            context = new_context(browser, **known, **(PHONE if phone else {}), **options)
            if options:
                made.append(context)
            else:
                contexts[seat] = context
        tab = None if options or not tabs[seat] else tabs[seat].pop()
        person = Person(name, context, address or server.address, complaints, tab)
        people.append((seat, person))
        return person

    yield let_in
    for context in made:
        context.close()
    for seat, person in people:
        if person.context in made:
            continue
        person.context.set_offline(False)
        tabs[seat].append(person.leave(server.address))
        if seat.startswith("newcomer"):
            person.context.clear_cookies()


@pytest.fixture
def asha(enter: Enter) -> Person:
    """She owns the room."""
    return enter("asha")


@pytest.fixture
def ben(enter: Enter) -> Person:
    """He is in the room."""
    return enter("ben")


@pytest.fixture
def chen(enter: Enter) -> Person:
    """He is outside."""
    return enter("chen")


@pytest.fixture
def room(contexts: dict[str, BrowserContext], server: Server) -> int:
    """A private room of asha's, with ben in it."""
    return stored.make_room(server.data, "Study group", ["asha", "ben"])


@pytest.fixture(autouse=True)
def _no_tracebacks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail when the shared server logs a mistake of its own during the test."""
    if "server" not in request.fixturenames:
        yield
        return
    log = request.getfixturevalue("server").log
    before = log.stat().st_size
    yield
    assert "Traceback" not in (new := log.read_text()[before:]), new
