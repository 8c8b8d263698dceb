"""A real browser, a real server, and three people: asha owns rooms, ben is in them, chen is not.

One server and one browser context for each person serve all tests, since starting them takes
seconds; each test has pages and a room of its own. The fixtures live as long as this
package: Playwright's loop must be gone before asynchronous tests elsewhere start theirs.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    StorageState,
    expect,
    sync_playwright,
)

from tests.browser import stored
from tests.browser.person import PASSWORD, Complaints, Person
from tests.server import Server

ARGUMENTS = [
    "--use-fake-device-for-media-stream",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-sync",
    "--disable-component-update",
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 15_000
"""Milliseconds that a condition may take: it only costs time when it fails."""
expect.set_options(timeout=PATIENCE)

Enter = Callable[..., Person]


def find_browser(playwright: Playwright) -> str | None:
    """Return a Chromium of the system, or the one that Playwright installed."""
    own = playwright.chromium.executable_path
    return next(filter(None, map(shutil.which, NAMES)), own if Path(own).exists() else None)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A browser without a window."""
    with sync_playwright() as playwright:
        found = find_browser(playwright)
        if found is None:
            missing = "no Chromium found: apt install chromium, or playwright install chromium"
            if os.environ.get("CHAT_REQUIRE_BROWSER") == "1":
                pytest.fail(missing)
            pytest.skip(missing)
        started = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="package")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that most tests share; whoever stops one starts their own."""
    data = tmp_path_factory.mktemp("shared") / "data"
    with Server(data, CHAT_MESSAGE_RATE="1000 per 10 seconds") as started:
        yield started


@pytest.fixture(scope="package")
def contexts(browser: Browser, server: Server) -> Iterator[dict[str, BrowserContext]]:
    """A browser context for each of the three, in which they have an account and are logged in."""
    made = {}
    for name in ("asha", "ben", "chen"):
        made[name] = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        made[name].set_default_timeout(PATIENCE)
        sign_up(made[name], server.address, name)
    yield made
    for context in made.values():
        context.close()


def sign_up(context: BrowserContext, address: str, name: str) -> None:
    """Make an account and log in, without a page."""
    answer = context.request.post(
        f"{address}/register",
        form={"username": name, "password": PASSWORD},
        headers={"Origin": address},
        max_redirects=0,
    )
    assert answer.status == 303, answer.text()


@pytest.fixture(autouse=True)
def complaints() -> Iterator[Complaints]:
    """What consoles say during the test: nothing that is not expected."""
    noted = Complaints()
    yield noted
    assert noted.unexpected() == []


@pytest.fixture(scope="package")
def tabs() -> dict[str, Page]:
    """A tab for each of the three, for one test after another.

    The first page in a new tab costs five times as much as any later one: the tab's process
    starts and compiles every script.
    """
    return {}


@pytest.fixture
def enter(
    browser: Browser,
    complaints: Complaints,
    contexts: dict[str, BrowserContext],
    server: Server,
    tabs: dict[str, Page],
) -> Iterator[Enter]:
    """Let somebody open a page: in the browser they have, or in a `new` one.

    Options that are not known here go to Playwright, which then makes a new context.
    """
    people: list[Person] = []
    made: list[BrowserContext] = []

    def let_in(name: str, *, address: str = "", new: bool = False, **options: object) -> Person:
        tab = None
        if new or options:
            context = browser.new_context(**options)  # type: ignore[arg-type]
            context.set_default_timeout(PATIENCE)
            made.append(context)
        else:
            context = contexts[name]
            tab = tabs.pop(name, None)
        person = Person(name, context, address or server.address, complaints, tab)
        people.append(person)
        return person

    yield let_in
    for context in made:
        context.close()
    for person in people:
        if person.context in made or person.page.is_closed():
            continue
        person.context.set_offline(False)
        person.is_tab_reusable &= person.name not in tabs
        if tab := person.leave(server.address):
            tabs[person.name] = tab


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
def state(contexts: dict[str, BrowserContext]) -> StorageState:
    """What lets asha in with another browser context: her cookies."""
    return contexts["asha"].storage_state()


@pytest.fixture
def room(contexts: dict[str, BrowserContext], server: Server) -> int:
    """A private room of asha's, with ben in it; nothing of earlier tests is unread."""
    stored.read_everything(server.data)
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
