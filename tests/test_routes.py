"""Every address, asked for over HTTP by every role, and every event of a page by those outside.

What each is to get is in `tests/routes.py`, and which events there are in `tests/handlers.py`.
What is not listed there fails.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from chat_ui import routes
from services.accounts import password_resets
from services.core.errors import NotFound
from tests.authorisation import Ask
from tests.handlers import events
from tests.http_client import Browser, words
from tests.routes import ADDRESSES, CHANGING, LOGIN, Address
from tests.seeded_app import (
    NOBODY,
    NOWHERE,
    OUTSIDE,
    PLACES,
    ROLES,
    SECRET,
    Prepared,
    prepared,
)
from tests.server import PROJECT, Server

SETTLED = 0.8
"""Seconds after which all is done that a page asked for, and stored."""
STRANGERS = (NOBODY, *OUTSIDE)


@dataclass
class Town:
    """The prepared house behind a real server, and a browser for everybody."""

    made: Prepared
    server: Server
    token: str
    """Of a link for a forgotten password."""
    _browsers: dict[str, tuple[Browser, str]] = field(default_factory=dict)
    _nowhere: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def browser(self, role: str) -> Browser:
        """Return the browser of that role; whoever was logged out meanwhile is in again."""
        browser, entered = self._browsers.get(role, (None, ""))
        if browser is None or browser.cookie() != entered:
            browser = Browser(self.server.address)
            if role != NOBODY:
                assert browser.login(role).status_code == 303
            self._browsers[role] = browser, browser.cookie()
        return browser

    def path(self, address: Address, place: str) -> str:
        """Return the address in a room of that kind."""
        room = str(self.made.rooms[place]) if place else ""
        file = self.made.said.get((place, "file"), self.made.said["private", "file"])
        path = address.asked.replace("{room}", room).replace("{token}", self.token)
        return path.replace("{file}", str(file.seq))

    def ask(self, address: Address, place: str, role: str, method: str = "") -> httpx.Response:
        """Ask for it."""
        form = {name: value.replace("{role}", role) for name, value in address.form.items()}
        path = self.path(address, place)
        file = {"file": ("empty.txt", b"")} if address.brings_file else None
        http = self.browser(role).http
        return http.request(method or address.method, path, data=form, files=file)

    def stored(self) -> dict[str, Any]:
        """Return all that is stored, but for when somebody was here last."""
        return {name: rows for name, rows in self.made.state().items() if name != "sessions"}

    def words_of_nowhere(self, address: Address, role: str) -> str:
        """Return what that role reads where there is no room at all."""
        asked = address.route, address.path, role
        if asked not in self._nowhere:
            self._nowhere[asked] = words(self.ask(address, "missing", role))
        return self._nowhere[asked]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    data = tmp_path_factory.mktemp("addresses") / "data"
    with prepared(data) as (runner, made):
        administrator, newcomer = made.people["administrator"], made.people["newcomer"]
        token = runner.run(password_resets.make(administrator, newcomer.user_id))
    server = Server(data)
    server.command[1] = str(PROJECT / "tests" / "route_list.py")
    with server:
        before = made.state()
        yield Town(made, server, token)
        changed = {table for table, rows in made.state().items() if rows != before[table]}
    # Some came in, some registered, and a page notes which room its person has opened.
    assert changed <= {"users", "sessions", "memberships"}
    assert "Traceback" not in server.log.read_text()


def asked() -> list[object]:
    """Return every address in every kind of room for every role."""
    return [
        pytest.param(address, place, role, id=f"{address.route}-{address.path}-{place}-{role}")
        for address in ADDRESSES
        for place in ((*PLACES, *NOWHERE) if "{room}" in address.path else ("",))
        for role in (NOBODY, *ROLES)
    ]


@pytest.mark.parametrize(("address", "place", "role"), asked())
def test_who_gets_what(town: Town, address: Address, place: str, role: str) -> None:
    expected = address.row(place)[role]
    answer = town.ask(address, place, role)
    if isinstance(expected, int):
        assert answer.status_code == expected
    else:
        path = town.path(address, place)
        login = "/login" if path == "/" else f"/login?next={quote(path)}"
        assert answer.status_code == 303
        assert answer.headers["location"] == (login if expected == LOGIN else expected)
    if role in STRANGERS and role not in address.tells:
        assert SECRET not in answer.text.casefold()
    if place and role in OUTSIDE:
        nowhere = town.words_of_nowhere(address, role)
        assert words(answer) == nowhere, "one can tell a room that is not there from one that is"


def test_every_address_is_listed(town: Town) -> None:
    running = {
        line.removeprefix("answers ").strip()
        for line in town.server.said
        if line.startswith("answers ")
    }
    listed = {address.route for address in ADDRESSES if not address.route.startswith("-")}
    assert running == listed, "tests/routes.py says who gets what: list it there"
    assert {f"GET {pattern}" for pattern in routes.VIEWS} <= running


def test_no_address_takes_anything_else(town: Town) -> None:
    listed = {address.route for address in ADDRESSES}
    by_pattern = {address.route.partition(" ")[2]: address for address in ADDRESSES}
    for pattern, address in by_pattern.items():
        for method in CHANGING:
            if f"{method} {pattern}" not in listed:
                for role in (NOBODY, "owner"):
                    answer = town.ask(address, "private", role, method)
                    assert answer.status_code in {401, 403, 404, 405}, (method, pattern, role)


# -- what a page says over its websocket --------------------------------------------------------

OTHERS = {"click", "sub_pages_navigate", "sub_pages_open", "update:value"}
"""What names no room: pressing what was drawn for one, and what NiceGUI listens to itself."""


@pytest.mark.parametrize("role", OUTSIDE)
def test_no_page_gets_at_a_room_that_its_person_is_not_in(town: Town, role: str) -> None:
    with town.browser(role).open("/rooms/1").connect() as page:
        assert page.listens() - OTHERS == {"say"}
        page.hear_all(quiet=SETTLED)
        before = town.stored()
        said = [
            (event, detail)
            for place in PLACES
            for event, detail in events(Ask(town.made.people[role], role, place, town.made))
        ]
        # What leads elsewhere comes last: after it the page listens to other things.
        for event, detail in sorted(said, key=lambda each: each[0] == "navigate"):
            page.emit("event", page.event(event, detail))
        heard = page.hear_all(quiet=SETTLED)
        refusals = re.findall(r'"(?:message|sentence)":"(.*?)"', heard)
        assert set(refusals) == {str(NotFound())}
        assert SECRET not in heard.casefold()
        assert town.stored() == before


def test_a_page_of_a_member_hears_what_is_said_in_the_room(town: Town) -> None:
    """Else the test above would hear nothing, whatever came."""
    with town.browser("member").open("/rooms/1").connect() as page:
        wanted = {"room": town.made.rooms["private"], "before": 99}
        page.emit("event", page.event("older", wanted))
        older = page.hear("chat_messages", lambda data: data["how"] == "older")
        assert SECRET in older["html"]
