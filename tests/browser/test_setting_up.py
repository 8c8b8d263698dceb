"""Setting a chat up: the first steps, and what an administrator makes of it for everybody."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, expect

from tests.browser.conftest import new_context
from tests.browser.person import Complaints, Person
from tests.browser.test_accessibility import violations
from tests.conftest import NewFolder
from tests.server import Server

ACCENT = "getComputedStyle(document.body).getPropertyValue('--accent').trim()"


@pytest.fixture
def people(
    browser: Browser, new_folder: NewFolder, complaints: Complaints
) -> Iterator[tuple[Person, Person]]:
    """An administrator, and somebody else, in a chat that the test may call as it likes."""
    with Server(new_folder()) as server, ExitStack() as opened:
        made = []
        for name in ("asha", "ben"):
            context = new_context(browser)
            opened.callback(context.close)
            made.append(Person(name, context, server.address, complaints).sign_up().open())
        yield made[0], made[1]


def accent(person: Person) -> str:
    """Return the colour of buttons, as the page computes it."""
    return str(person.page.evaluate(ACCENT))


@pytest.mark.long  # tests/services/host stores both
def test_a_name_and_a_colour_are_seen_everywhere_at_once(people: tuple[Person, Person]) -> None:
    asha, ben = people
    before = accent(ben)
    asha.page.get_by_test_id("user-menu").click()
    asha.page.get_by_role("menuitem", name="Chat settings").click()
    asha.page.get_by_label("Name of the chat").fill("Class 9B & friends")
    asha.page.get_by_label("Colour").fill("#0a7d5a")
    asha.page.get_by_role("button", name="Save").click()
    for person in people:
        expect(person.page.locator(".brand .home b")).to_have_text("Class 9B & friends")
        expect(person.page).to_have_title(re.compile(r" · Class 9B & friends$"))
    for person in people:
        person.until(f"{ACCENT} !== argument", before)
    assert accent(ben) == accent(asha)
    manifest = ben.page.request.get(f"{ben.address}/manifest.webmanifest").json()
    assert manifest["name"] == manifest["short_name"] == "Class 9B & friends"
    ben.log_out()
    expect(ben.page.get_by_role("heading", name="Class 9B & friends")).to_be_visible()
    expect(ben.page).to_have_title("Log in · Class 9B & friends")


@pytest.mark.long  # tests/services stores icons
def test_an_icon_is_uploaded_and_removed(people: tuple[Person, Person], tmp_path: Path) -> None:
    asha, ben = people
    Image.new("RGB", (300, 300), "#c81e1e").save(tmp_path / "crest.png")
    (tmp_path / "notes.png").write_text("no picture at all")
    expect(ben.page.locator(".brand .home svg")).to_be_visible()
    asha.open("/branding", wait=False)
    asha.page.locator("input[type=file][name=file]").set_input_files(tmp_path / "notes.png")
    asha.complaints.expect("400")
    asha.page.get_by_role("button", name="Upload").click()
    expect(asha.page.get_by_role("main")).to_contain_text("no picture that can be read")
    assert violations(asha.page) == []
    asha.page.get_by_role("link", name="Back").click()
    asha.page.locator("input[type=file][name=file]").set_input_files(tmp_path / "crest.png")
    asha.page.get_by_role("button", name="Upload").click()
    for person in people:
        shown = person.page.locator(".brand .home img")
        expect(shown).to_be_visible()
        person.until("document.querySelector('.brand .home img')?.naturalWidth === 192")
    icon = asha.page.locator("link[rel~='icon']")
    expect(icon).to_have_attribute("href", re.compile("^data:image/png;base64,"))
    manifest = asha.page.request.get(f"{asha.address}/manifest.webmanifest").json()
    served = asha.page.request.get(f"{asha.address}{manifest['icons'][0]['src']}").body()
    (tmp_path / "served.png").write_bytes(served)
    assert Image.open(tmp_path / "served.png").convert("RGB").getpixel((96, 96)) == (200, 30, 30)
    asha.page.get_by_test_id("remove-icon").click()
    for person in people:
        expect(person.page.locator(".brand .home svg")).to_be_visible()


# -- the first steps ------------------------------------------------------------------------------


@pytest.fixture
def asha(browser: Browser, new_folder: NewFolder, complaints: Complaints) -> Iterator[Person]:
    """The administrator of a new chat, alone in its Lobby."""
    with Server(new_folder()) as server:
        context = new_context(browser, reduced_motion="reduce")
        yield Person("asha", context, server.address, complaints).sign_up().open()
        context.close()


def card(person: Person, name: str) -> Locator:
    return person.page.locator(".first-steps li", has_text=name)


@pytest.mark.long  # tests/services decides about the steps
def test_each_step_opens_the_real_thing_and_is_ticked_off(asha: Person) -> None:
    assert violations(asha.page) == []
    card(asha, "Name your chat").click()
    asha.page.get_by_label("Name of the chat").fill("Class 9B")
    asha.page.get_by_role("button", name="Save").click()
    asha.page.locator(".brand .home", has_text="Class 9B").click()
    expect(card(asha, "Name your chat")).to_contain_text("Done")
    card(asha, "Invite people").click()
    asha.page.get_by_role("button", name="Create invite").click()
    dialog = asha.page.locator(".dialog")
    expect(dialog).to_contain_text("works on this computer only")
    expect(dialog.get_by_label("Command")).to_have_value("python main.py --lan")
    asha.page.keyboard.press("Escape")
    asha.page.locator(".brand .home").click()
    expect(card(asha, "Invite people")).to_contain_text("Done")
    card(asha, "Create a room").click()
    dialog.get_by_label("Name").fill("Homework")
    dialog.locator("button[type=submit]").click()
    expect(asha.page.locator(".room-title .name")).to_have_text("Homework")
    asha.page.locator(".rooms a", has_text="Lobby").click()
    expect(asha.page.locator(".room-title .name")).to_have_text("Lobby")
    expect(asha.page.locator(".first-steps")).to_have_count(0)


@pytest.mark.long  # tests/services decides about the steps
def test_the_steps_are_hidden_for_good(asha: Person) -> None:
    asha.page.get_by_test_id("hide-first-steps").click()
    expect(asha.page.locator(".first-steps")).to_have_count(0)
    asha.reload()
    expect(asha.page.locator(".first-steps")).to_have_count(0)


@pytest.mark.long  # tests/services decides about the steps
def test_the_steps_go_when_somebody_else_speaks(people: tuple[Person, Person]) -> None:
    asha, ben = people
    expect(asha.page.locator(".first-steps")).to_be_visible()
    expect(ben.page.locator(".first-steps")).to_have_count(0)
    asha.say("Is anybody here?")
    expect(asha.page.locator(".first-steps")).to_be_visible()
    wide = asha.page.viewport_size
    asha.page.set_viewport_size({"width": 390, "height": 844})
    expect(asha.page.locator(".first-steps")).to_be_hidden()  # the conversation has the space
    asha.page.set_viewport_size(wide)
    expect(asha.page.locator(".first-steps")).to_be_visible()
    ben.say("I am!")
    asha.sees("I am!")
    expect(asha.page.locator(".first-steps")).to_be_hidden()
