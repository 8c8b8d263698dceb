"""The chat as an installed app: what browsers ask for, and what they keep."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Enter
from tests.browser.connection import Line
from tests.browser.person import NO_CONNECTION, Complaints, Person
from tests.server import Server

WORKER_IN_CHARGE = """new Promise((done) => {
  if (navigator.serviceWorker.controller) done(true);
  else navigator.serviceWorker.addEventListener('controllerchange', () => done(true));
})"""
KEPT = """(async () => {
  const found = {};
  for (const name of await caches.keys()) {
    const kept = await (await caches.open(name)).keys();
    found[name] = kept.map((each) => new URL(each.url).pathname);
  }
  return found;
})()"""
"""What is in the browser's caches: paths, by the name of the cache."""


@pytest.fixture
def line(server: Server) -> Iterator[Line]:
    with Line(server.port) as made:
        yield made


@pytest.fixture
def far(enter: Enter, line: Line, complaints: Complaints, room: int) -> Person:
    """asha in the room, at the other end of the line; the worker of her browser is in charge."""
    complaints.expect(*NO_CONNECTION, "502")
    person = enter("asha", address=line.address, locale="en-US").open(room)
    assert person.page.evaluate(WORKER_IN_CHARGE)
    return person


def kept(page: Page) -> dict[str, list[str]]:
    """Return what the browser's caches hold."""
    return dict(page.evaluate(KEPT))


def test_a_browser_may_install_it(asha: Person, room: int) -> None:
    asha.open(room)
    devtools = asha.context.new_cdp_session(asha.page)
    manifest = devtools.send("Page.getAppManifest")
    assert manifest["url"] == f"{asha.address}/manifest.webmanifest"
    assert manifest["errors"] == []
    problems = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # The contexts of tests are windows without traces, in which Chromium installs nothing.
    assert [each["errorId"] for each in problems if each["errorId"] != "in-incognito"] == []
    devtools.detach()


def test_without_a_server_there_is_a_page_that_waits_for_it(
    far: Person, line: Line, room: int
) -> None:
    far.say("before the cut")
    line.cut()
    far.page.goto(f"{line.address}/mentions")
    expect(far.page.get_by_role("heading", name="No connection")).to_be_visible()
    line.mend()
    expect(far.page.get_by_role("heading", name="Mentions")).to_be_visible()
    far.open(room).sees("before the cut")


def test_nothing_that_anybody_wrote_is_kept(far: Person, room: int) -> None:
    far.say("a secret for nobody's cache")
    for path in ("/account", "/search?q=secret", f"/rooms/{room}"):
        far.page.goto(f"{far.address}{path}")
    far.sees("a secret for nobody's cache")
    [paths] = kept(far.page).values()
    assert paths == ["/offline"]
    assert "secret" not in far.page.evaluate("caches.match('/offline').then((page) => page.text())")


@pytest.mark.long  # starts a server of its own
def test_a_new_version_takes_over(far: Person, line: Line, tmp_path: Path) -> None:
    """It is another server here, whose scripts are others, at the same address."""
    [old] = kept(far.page)
    with Server(tmp_path / "data", "--edit") as newer:
        line.cut()
        line.server_port = newer.port
        line.mend()
        far.page.goto(f"{line.address}/login")
        far.until_kept(
            "caches.keys().then((names) => names.length === 1 && names[0] !== argument)", old
        )
        assert list(kept(far.page).values()) == [["/offline"]]
        expect(far.page.get_by_label("Username")).to_be_visible()


def test_what_another_app_shares_goes_into_the_room_that_is_chosen(asha: Person, room: int) -> None:
    asha.open(room).composer.fill("begun before")
    shared = "title=Notes&text=read+https%3A%2F%2Fexample.org&url=https%3A%2F%2Fexample.org"
    asha.open(f"/rooms/mine?{shared}", wait=False)
    expect(asha.page.get_by_text("Choose a room for this.")).to_be_visible()
    asha.page.get_by_test_id("my-rooms").locator(f"[data-room-id='{room}']").click()
    asha.wait()
    expect(asha.composer).to_have_value("begun before\nNotes\nread https://example.org")
    asha.composer.fill("")


SHARE = """() => {
  document.body.innerHTML = `<form action="/share" method="post" enctype="multipart/form-data">
    <input name="title" value="Trip"><input name="files" type="file" multiple></form>`;
}"""
"""A form that sends what a system does where the manifest says so (W3C Web Share Target, §5)."""


def share(person: Person, folder: Path, *names: str) -> None:
    """Share files with the installed app, as another app does."""
    for name in names:
        (folder / name).write_text(name)
    assert person.page.evaluate(WORKER_IN_CHARGE)
    person.page.evaluate(SHARE)
    person.page.locator("[name=files]").set_input_files([folder / name for name in names])
    person.page.evaluate("document.forms[0].submit()")
    expect(person.page.locator(".shared")).to_contain_text(names[-1])


@pytest.mark.long  # a further detail
def test_files_that_no_room_was_chosen_for_go_nowhere(
    asha: Person, room: int, tmp_path: Path
) -> None:
    share(asha.open(room), tmp_path, "secret.txt")
    asha.go_to(room)
    asha.page.go_back()
    expect(asha.page.locator(".shared")).to_contain_text("Share them again.")
    asha.page.get_by_test_id("my-rooms").locator(f"[data-room-id='{room}']").click()
    asha.wait()
    expect(asha.page.locator(".tray > *")).to_have_count(0)


@pytest.mark.long  # the test above shares a text
def test_files_of_another_app_go_into_the_room_that_is_chosen(
    asha: Person, room: int, tmp_path: Path
) -> None:
    names = ["beach.txt", "hills.txt"]
    share(asha.open(room), tmp_path, *names)
    expect(asha.page.locator(".shared")).to_contain_text("Trip")
    asha.page.get_by_test_id("my-rooms").locator(f"[data-room-id='{room}']").click()
    asha.wait()
    expect(asha.composer).to_have_value("Trip")
    expect(asha.page.locator(".tray > *")).to_have_count(2)
    asha.page.get_by_test_id("send").click()
    for name in names:
        expect(asha.timeline.get_by_role("link", name=name)).to_be_visible()
    asha.open("/rooms/mine?files=2", wait=False)  # where they are not any more
    expect(asha.page.locator(".shared")).to_contain_text("Share them again.")


@pytest.mark.long  # a further detail
def test_the_shortcut_of_the_app_opens_a_new_message(asha: Person, room: int) -> None:
    asha.open(room)
    asha.page.goto(f"{asha.address}/#new-message")
    picker = asha.page.get_by_role("dialog", name="New message")
    expect(picker).to_be_visible()
    expect(asha.page).not_to_have_url(re.compile("#"))
