"""`--native`: a real window, of the Qt back end, on a desktop without a screen.

The developer tools of its Chromium let Playwright use it.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, expect

from tests.browser import stored
from tests.browser.conftest import new_context
from tests.browser.person import Complaints, Person
from tests.server import PROJECT, Server, free_port

pytest.importorskip("webview", reason="pip install -e '.[native]'")
pytest.importorskip("dbus_fast", reason="the desktop of these tests is of Linux")

from chat_ui.server.native.window import LOOK_SECONDS
from tests.browser import desktop as desktops
from tests.browser.desktop import Desktop, until

DRAGGED = Path(__file__).with_name("drag_source.py")


class Window:
    """The chat in a window, with somebody at it."""

    def __init__(self, desktop: Desktop, data: Path, *options: str) -> None:
        self.desktop = desktop
        self.tools = free_port()
        variables = {**desktop.variables, "QTWEBENGINE_REMOTE_DEBUGGING": str(self.tools)}
        self.server = Server(data, "--native", *options, **variables)

    def open(self, browser: Browser, complaints: Complaints) -> Person:
        """Start it, and return who sits there."""
        self.server.start()
        self.number = until(self.desktop.window)

        def connect() -> Browser | None:
            try:
                return browser.browser_type.connect_over_cdp(
                    f"http://127.0.0.1:{self.tools}",
                    no_defaults=True,  # the window saves what is downloaded, as for people
                )
            except Error:  # not there yet
                return None

        context = until(connect).contexts[0]
        page = until(lambda: context.pages)[0]
        page.wait_for_function("Boolean(globalThis.chatNotificationClicked)")
        return Person("asha", context, self.server.address, complaints, page)

    def close(self) -> None:
        """Close it, as by its button: the server ends with it."""
        self.desktop.tool("windowactivate", "--sync", self.number, "key", "alt+F4")
        assert self.server.process.wait(timeout=20) == 0
        assert not (self.server.data / "chat.db-wal").exists(), "the database was not closed"

    def title(self) -> str:
        """Return its title."""
        return self.desktop.tool("getwindowname", self.number)


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    if missing := desktops.missing():
        sentence = f"not installed: {', '.join(missing)}"
        if os.environ.get("CHAT_REQUIRE_BROWSER") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)
    with Desktop(tmp_path_factory.mktemp("desktop") / "home") as started:
        yield started


@pytest.fixture
def window(desktop: Desktop, tmp_path: Path) -> Iterator[Window]:
    window = Window(desktop, tmp_path / "data")
    yield window
    if window.server.process.poll() is None:
        window.server.stop()


@pytest.fixture
def asha(window: Window, browser: Browser, complaints: Complaints) -> Person:
    """She sits at the window, and is in a room."""
    complaints.expect("Failed to load resource", "favicon")
    return window.open(browser, complaints).register()


def test_it_has_an_icon_and_is_as_large_where_it_was(
    window: Window, browser: Browser, complaints: Complaints, asha: Person
) -> None:
    tool = window.desktop.tool
    assert "_NET_WM_ICON" in window.desktop.ask("xprop", "-id", window.number)
    tool("windowmove", "--sync", window.number, "333", "222")
    tool("windowsize", "--sync", window.number, "900", "640")
    file = window.server.data / "window" / "place.json"
    until(lambda: file.exists() and b'"width":900' in file.read_bytes())
    # Qt learns a little later how wide the frame is; then two looks found nothing new.
    until(lambda: time.time() - file.stat().st_mtime > 2 * LOOK_SECONDS)
    before = window.desktop.geometry(window.number)
    window.close()
    again = window.open(browser, complaints)
    until(lambda: window.desktop.geometry(window.number) == before)
    again.wait()  # still logged in


def test_what_is_unread_stands_in_its_title_and_on_the_desktop(
    window: Window, browser: Browser, complaints: Complaints, asha: Person
) -> None:
    desktop = window.desktop
    context = new_context(browser)
    ben = Person("ben", context, window.server.address, complaints).sign_up()
    number = stored.make_room(window.server.data, "Study group", ["asha", "ben"])
    asha.reload()
    expect(asha.room_entry(number)).to_be_visible()
    ben.open(number).say("Bring <b>it</b>, @asha")
    until(lambda: window.title().startswith("(1) "))
    [shown] = until(lambda: desktop.notifications.shown)
    assert shown.title == "ben · Study group"
    assert "&lt;b&gt;" in shown.text
    assert shown.icon.endswith("icon.png")
    desktop.click(shown)
    asha.sees("Bring <b>it</b>, @asha")
    until(lambda: "Study group" in window.title() and "(" not in window.title())
    asha.page.get_by_role("link", name="Lobby").click()
    for text in ("and @asha, be in time", "at nine, @asha"):
        ben.say(text)
        until(lambda: desktop.notifications.shown)
        desktop.expire()
        until(lambda: not desktop.notifications.shown)
    ben.say("and @asha, bring Chen")
    until(lambda: desktop.notifications.shown)
    asha.go_to(number)
    until(lambda: not desktop.notifications.shown)
    context.close()


def test_files_come_in_and_go_out_and_links_open_in_the_browser(
    window: Window, asha: Person, tmp_path: Path
) -> None:
    desktop = window.desktop
    (tmp_path / "notes.zip").write_bytes(b"PK\5\6" + bytes(18))
    drop(window, asha, tmp_path / "notes.zip")
    asha.page.get_by_test_id("send").click()
    asha.timeline.get_by_role("link", name="notes.zip").click()
    until((desktop.downloads / "notes.zip").exists)
    assert (desktop.downloads / "notes.zip").read_bytes() == (tmp_path / "notes.zip").read_bytes()
    [told] = until(lambda: desktop.notifications.shown)
    assert told.title == "notes.zip"
    asha.say("https://example.org/here")
    asha.timeline.get_by_role("link", name="https://example.org/here").click()
    until(lambda: desktop.opened_links == ["https://example.org/here"])
    assert asha.page.url.startswith(asha.address)


def test_the_chats_own_certificate_is_trusted(
    desktop: Desktop, tmp_path: Path, browser: Browser, complaints: Complaints
) -> None:
    window = Window(desktop, tmp_path / "data", "--lan")
    made = [sys.executable, str(PROJECT / "main.py"), "--data", str(tmp_path / "data")]
    subprocess.run([*made, "certificate"], check=True, capture_output=True)
    asha = window.open(browser, complaints)
    assert asha.page.url.startswith("https://")
    expect(asha.page.get_by_label("Password")).to_be_visible()
    window.close()


def drop(window: Window, asha: Person, file: Path) -> None:
    """Drag a file from another program, let it fall on the window, and wait until it is there."""
    desktop = window.desktop
    variables = {**os.environ, **desktop.variables}
    command = [sys.executable, str(DRAGGED), str(file)]
    log = file.with_suffix(".log")
    steps = count()

    def last_said() -> str:
        return log.read_text().strip().rpartition("\n")[2]

    def is_over() -> bool:
        x, y = (str(200 + 10 * (next(steps) % 40)) for _axis in "xy")
        desktop.tool("mousemove", "--window", window.number, x, y)
        return bool(asha.page.locator(".dropping").count()) and last_said() == "over a taker"

    with log.open("w") as out, subprocess.Popen(command, env=variables, stdout=out) as source:
        try:
            until(last_said)
            dragged = until(lambda: desktop.tool("search", "--onlyvisible", "--name", "^Files$"))
            desktop.tool("mousemove", "--window", dragged, "50", "50", "mousedown", "1")
            until(is_over)  # and the other program knows: until then, letting go gives it up
            desktop.tool("mouseup", "1")
            assert until(lambda: last_said() in {"taken", "left"} and last_said()) == "taken"
            # The window asks the other program for the file after it fell, so that has to be there.
            expect(asha.page.locator(".tray > *")).to_have_count(1)
        finally:
            source.terminate()
