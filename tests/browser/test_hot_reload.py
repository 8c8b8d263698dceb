"""`--edit`: open pages follow what a student saves, and survive every mistake on the way."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from chat_ui import theme
from tests.browser import stored
from tests.browser.conftest import Enter
from tests.browser.person import NO_CONNECTION, Complaints, Person
from tests.server import PROJECT, Server
from tests.test_docs import apply, steps

PARTS = ("api", "chat_ui", "models", "node", "services", "main.py", "pyproject.toml")
COMPOSER = "chat_ui/rooms/composer/composer.py"
DRAFT = "half typed"
NUMBERS = count(1)
MINE = '"bubble": "#ffffff"', '"bubble": "#ffffff",\n    "bubble-mine": "{}"'
"""What a student adds to the theme for another colour of their own bubbles."""
UNTOUCHED = "rgb({}, {}, {})".format(*bytes.fromhex(theme.palette("light")["bubble-mine"][1:]))


class Project:
    """A copy of the project that is being edited while its server runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._before: dict[Path, str] = {}

    def change(self, file: str, old: str, new: str) -> None:
        """Save a file with something else in it."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        self._before.setdefault(path, text)
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def undo(self) -> None:
        """Save every file as it was."""
        while self._before:
            path, text = self._before.popitem()
            path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def edited(
    browser: Browser, empty_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server with `--edit` on a copy of the project."""
    folder = tmp_path_factory.mktemp("edited")
    for part in PARTS:
        if (PROJECT / part).is_dir():
            shutil.copytree(PROJECT / part, folder / part)
        else:
            shutil.copy(PROJECT / part, folder / part)
    server = Server(Path(shutil.copytree(empty_folder, folder / "data")), "--edit")
    server.command[1] = str(folder / "main.py")
    with server:
        yield server


@pytest.fixture
def project(edited: Server) -> Iterator[Project]:
    made = Project(edited.data.parent)
    yield made
    made.undo()


@pytest.fixture
def mia(
    edited: Server,
    enter: Enter,
    complaints: Complaints,
    project: Project,
) -> Person:
    """Somebody in a room of her own who has said a thing and is typing another."""
    complaints.expect(*NO_CONNECTION)
    mia = enter(f"mia{next(NUMBERS)}", address=edited.address, new=True).sign_up()
    mia.open(stored.make_room(edited.data, "Workshop", [mia.name])).say("before")
    mia.composer.fill(DRAFT)
    mia.mark()
    return mia


def mistake(person: Person) -> Locator:
    return person.page.get_by_test_id("mistake")


def works(person: Person, text: str) -> None:
    """The page is the same one, its draft still there, and one can talk.

    It waits for the text itself: several changes may be drawn one after the other, and the
    timeline is empty for a moment each time.
    """
    assert person.is_same_page()
    expect(person.composer).to_have_value(DRAFT)
    person.wait()
    person.write(text)
    expect(person.mine.filter(has_text=text)).to_have_count(1)
    person.composer.fill(DRAFT)


def until_answered(person: Person, address: str, status: int) -> None:
    """Wait until the server answers so: it follows one changed file after the other."""
    for _look in range(300):
        if (answer := person.context.request.get(address)).status == status:
            return
        person.page.wait_for_timeout(50)
    pytest.fail(f"{address} is answered with {answer.status}")


def bubble(person: Person) -> str:
    return person.style(".message[data-state=sent] .bubble", "background-color")


def until_bubble(person: Person, colour: str) -> None:
    shown = person.timeline.locator(".message[data-state=sent] .bubble").first
    expect(shown).to_have_css("background-color", colour)


@contextmanager
def redrawn(person: Person) -> Iterator[None]:
    """Wait at the end of the block until the page is drawn again, which follows the stylesheet."""
    person.page.evaluate("document.querySelector('[data-frame]').dataset.isOld = ''")
    yield
    person.until("document.querySelector('[data-frame]:not([data-is-old])')")


@pytest.mark.long  # copies the project and starts a server for it
def test_a_saved_colour_shows_at_once(mia: Person, project: Project) -> None:
    room = mia.room_id()
    before = bubble(mia)
    with redrawn(mia):
        project.change("chat_ui/theme.py", MINE[0], MINE[1].format("#00ff00"))
        until_bubble(mia, "rgb(0, 255, 0)")
    works(mia, "in green")
    assert mia.room_id() == room
    mia.sees("before")
    with redrawn(mia):
        project.undo()
        until_bubble(mia, before)
    works(mia, "as before")


@pytest.mark.long  # a further kind of change
def test_a_part_that_is_drawn_otherwise(mia: Person, project: Project) -> None:
    project.change(COMPOSER, '_("Message {room}")', '_("Speak up in {room}")')
    expect(mia.composer).to_have_attribute("placeholder", "Speak up in Workshop")
    works(mia, "with other words")
    mia.sees("before")


@pytest.mark.long  # a further kind of change
def test_a_message_that_is_drawn_otherwise(mia: Person, project: Project) -> None:
    project.change(
        "chat_ui/messages/bubble.py", 'h.div(".bubble")[', 'h.div(".bubble", title="drawn again")['
    )
    expect(mia.message("before").locator(".bubble")).to_have_attribute("title", "drawn again")
    works(mia, "in another bubble")


@pytest.mark.long  # a further kind of change
def test_an_address_that_is_new(mia: Person, edited: Server, project: Project) -> None:
    project.change("chat_ui/routes.py", '@page("/saved"', '@page("/kept")\n@page("/saved"')
    project.change(COMPOSER, '_("Message {room}")', '_("Speak up in {room}")')
    expect(mia.composer).to_have_attribute("placeholder", "Speak up in Workshop")
    until_answered(mia, f"{edited.address}/kept", 200)
    project.undo()
    expect(mia.composer).to_have_attribute("placeholder", "Message Workshop")
    until_answered(mia, f"{edited.address}/kept", 404)


@pytest.mark.long  # starts a server for it
def test_a_broken_file_shows_its_mistake_and_the_page_stays(mia: Person, project: Project) -> None:
    project.change(COMPOSER, "def draw(", "def draw((")
    expect(mistake(mia)).to_contain_text("SyntaxError")
    expect(mistake(mia)).to_contain_text("composer.py")
    works(mia, "in spite of it")
    project.undo()
    expect(mistake(mia)).to_have_count(0)
    works(mia, "mended")


@pytest.mark.long  # a further kind of mistake
@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("    form = html.draw(", "NameError"),
        ('"""The composer: where messages are typed."""', "ZeroDivisionError"),
    ],
    ids=["while drawing", "while loading"],
)
def test_a_mistake_that_shows_only_when_it_runs(
    mia: Person, project: Project, where: str, said: str
) -> None:
    what = "    no_such_name()\n" + where if said == "NameError" else where + "\n1 / 0\n"
    project.change(COMPOSER, where, what)
    expect(mistake(mia)).to_contain_text(said)
    works(mia, "in spite of it")
    project.change("chat_ui/theme.py", MINE[0], MINE[1].format("#0000ff"))
    works(mia, "and after another change")
    project.undo()
    expect(mistake(mia)).to_have_count(0)
    until_bubble(mia, UNTOUCHED)
    works(mia, "mended")


@pytest.mark.long  # a further kind of mistake
def test_who_comes_while_it_is_broken_finds_a_page_too(
    mia: Person, project: Project, edited: Server
) -> None:
    project.change(COMPOSER, "def draw(", "def draw((")
    expect(mistake(mia)).to_contain_text("SyntaxError")
    mia.reload()
    expect(mia.composer).to_have_value(DRAFT)
    mia.mark()
    works(mia, "loaded while broken")


@pytest.mark.long  # a further kind of change
def test_a_new_module_is_followed_too(mia: Person, project: Project) -> None:
    (project.folder / "chat_ui" / "greeting.py").write_text('WORDS = "Hello from a new file"\n')
    project.change(
        COMPOSER,
        "from chat_ui.components import html\n",
        "from chat_ui import greeting\nfrom chat_ui.components import html\n",
    )
    project.change(COMPOSER, '_("Message {room}")', "greeting.WORDS")
    expect(mia.composer).to_have_attribute("placeholder", "Hello from a new file")
    (project.folder / "chat_ui" / "greeting.py").write_text('WORDS = "Hello again"\n')
    expect(mia.composer).to_have_attribute("placeholder", "Hello again")
    works(mia, "greeted")


@pytest.mark.long  # tests/pages/test_custom.py follows the tutorial, too
def test_a_page_and_an_action_of_ones_own(mia: Person, project: Project, edited: Server) -> None:
    """What `docs/editing-the-ui.md` has its reader do, each in one file."""
    custom = project.folder / "chat_ui" / "custom"
    for kind, file, text in steps():
        if file.startswith("chat_ui/custom/"):
            apply(project.folder, kind, file, text)
    mia.until("document.querySelector('#message-menu-template')?.innerHTML.includes('Count the')")
    mia.choose("before", "count_words")
    expect(mia.page.locator(".said", has_text="1 words")).to_be_visible()
    mia.page.get_by_test_id("user-menu").click()
    mia.page.get_by_role("menuitem", name="House rules").click()
    expect(mia.page.locator(".house-rule")).to_have_css("font-size", "20px")
    mia.page.get_by_role("button", name="I agree").click()
    expect(mia.page.locator(".said", has_text="Thank you.")).to_be_visible()
    mia.page.goto(f"{edited.address}/rules/{mia.name}")
    expect(mia.page.get_by_text(f"For {mia.name}")).to_be_visible()
    (custom / "count_words.py").write_text("1 / 0\n")
    expect(mistake(mia)).to_contain_text("ZeroDivisionError")
    (custom / "count_words.py").unlink()
    (custom / "house_rules.py").unlink()
    project.change("chat_ui/theme.py", MINE[0], MINE[1].format("#0000ff"))
    expect(mistake(mia)).to_have_count(0)
    until_answered(mia, f"{edited.address}/rules", 404)


@pytest.mark.long  # a further kind of change
def test_a_file_of_ones_own_with_a_mistake_holds_up_no_others(
    mia: Person, project: Project
) -> None:
    own = project.folder / "chat_ui" / "custom" / "greet.py"
    own.write_text("1 / 0\n")
    expect(mistake(mia)).to_contain_text("ZeroDivisionError")
    project.change("chat_ui/theme.py", MINE[0], MINE[1].format("#0000ff"))
    until_bubble(mia, "rgb(0, 0, 255)")
    expect(mistake(mia)).to_have_count(0)
    own.write_text(
        "from chat_ui.plugins import message_action\n\n\n"
        "@message_action('greet', icon='waving_hand', label='Greet')\n"
        "async def greet(page, message):\n"
        "    page.notify('Hello')\n"
    )
    mia.until("document.querySelector('#message-menu-template')?.innerHTML.includes('Greet')")
    mia.choose("before", "greet")
    expect(mia.page.locator(".said", has_text="Hello")).to_be_visible()
    works(mia, "greeted")
    own.unlink()


@pytest.mark.long  # a further detail
def test_the_modules_stay_separate_files(mia: Person) -> None:
    linked = mia.page.evaluate(
        "[...document.querySelectorAll('link[rel=modulepreload], script[data-anonymous]')]"
        ".map((each) => new URL(each.href ?? each.src).pathname)"
    )
    names = [path.split("/", 3)[3] for path in linked if path.startswith("/static/")]
    assert names[-1] == "main.js"
    assert set(names) >= {"rooms/timeline/timeline.js", "components/storage.js"}
    assert "rooms/composer/voice_note.js" not in names


@pytest.mark.long  # starts a server for it
@pytest.mark.parametrize("module", ["components/storage.js", "realtime/connection.js"])
def test_a_change_for_the_browser_loads_the_page_anew(
    mia: Person, project: Project, module: str
) -> None:
    project.change(f"chat_ui/{module}", "\nexport", "\nwindow.edited = 1; export")
    mia.until("window.edited === 1")
    mia.wait()
    expect(mia.composer).to_have_value(DRAFT)


@pytest.mark.long  # waits for a second start of the server
def test_a_change_in_a_service_restarts_the_server_and_the_page_comes_back(
    mia: Person, project: Project
) -> None:
    room = mia.room_id()
    project.change("services/rooms/rooms.py", '"""Rooms: creating', '# edited\n"""Rooms: creating')
    expect(mia.connection).to_be_visible()
    mia.write("sent meanwhile")
    mia.composer.fill(DRAFT)
    expect(mia.message("sent meanwhile")).to_have_attribute("data-state", "sent", timeout=30_000)
    expect(mia.connection).to_be_hidden()
    assert mia.room_id() == room
    expect(mia.composer).to_have_value(DRAFT)
    mia.sees("before")
    project.undo()
    expect(mia.connection).to_be_visible()
    expect(mia.connection).to_be_hidden(timeout=30_000)


@pytest.mark.long  # a further kind of mistake
def test_a_service_that_is_broken_and_mended(mia: Person, project: Project) -> None:
    project.change("services/rooms/rooms.py", "async def mine(", "async def mine((")
    expect(mia.connection).to_be_visible()
    mia.composer.fill(DRAFT)
    project.undo()
    expect(mia.connection).to_be_hidden(timeout=30_000)
    mia.wait()
    expect(mia.composer).to_have_value(DRAFT)
    mia.say("back again")
