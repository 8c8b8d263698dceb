"""Every address requested by every role, and every event of a page by those outside.

`tests/routes.py` says what each gets, and `tests/handlers.py` which events there are. What is
not listed there fails.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from chat_ui import routes  # noqa: F401 - registers the pages
from chat_ui.plugins import PAGES
from models import User
from services.accounts.passwords import password_resets
from services.core.errors import NotFound
from tests.authorisation import Ask
from tests.conftest import NewFolder
from tests.handlers import events
from tests.http_client import Browser, visible_text
from tests.own_files import own_addresses
from tests.routes import ADDRESSES, CHANGING, LOGIN, Address
from tests.seeded_app import (
    NOBODY,
    NOWHERE,
    OUTSIDE,
    PLACES,
    ROLES,
    SECRET,
    SeededApp,
    seeded_app,
)
from tests.server import PROJECT, Server

SETTLED = 0.8
"""Seconds after which everything a page asked for is done and stored."""
ASKED_FOR = ("private", "public", "direct")
"""Of the places, as many as a page may ask for at once; `test_authorisation.py` has them all."""
STRANGERS = (NOBODY, *OUTSIDE)


@dataclass
class Site:
    """The seeded app behind a real server, and a browser for each role."""

    seeded: SeededApp
    server: Server
    token: str
    """Of a password reset link."""
    _browsers: dict[str, tuple[Browser, str]] = field(default_factory=dict)
    _nowhere: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def browser(self, role: str) -> Browser:
        """Return the browser of a role, logged in again if it was logged out."""
        browser, session = self._browsers.get(role, (None, ""))
        if browser is None or browser.cookie() != session:
            browser = Browser(self.server.address)
            if role != NOBODY:
                username = self.seeded.people[role].username
                assert browser.login(username).status_code == 303
            self._browsers[role] = browser, browser.cookie()
        return browser

    def path(self, address: Address, place: str) -> str:
        """Return the path of an address in a kind of room."""
        room = str(self.seeded.rooms[place]) if place else ""
        file = self.seeded.messages.get((place, "file"), self.seeded.messages["private", "file"])
        path = address.asked.replace("{room}", room).replace("{token}", self.token)
        linked = self.seeded.messages.get((place, "former"), file)
        return path.replace("{file}", str(file.seq)).replace("{linked}", str(linked.seq))

    def ask(self, address: Address, place: str, role: str, method: str = "") -> httpx.Response:
        """Request an address as a role."""
        form = {name: value.replace("{role}", role) for name, value in address.form.items()}
        path = self.path(address, place)
        file = {"file": ("empty.txt", b"")} if address.brings_file else None
        http = self.browser(role).http
        return http.request(method or address.method, path, data=form, files=file)

    def stored(self) -> dict[str, Any]:
        """Return everything stored but the log, and what notes when people were here last."""
        state = self.seeded.state()
        at = list(User.__table__.columns.keys()).index("last_seen_at")  # type: ignore[attr-defined]
        state["users"] = [(*row[:at], *row[at + 1 :]) for row in state["users"]]
        return {name: rows for name, rows in state.items() if name not in {"sessions", *LOG}}

    def words_of_nowhere(self, address: Address, role: str) -> str:
        """Return what a role reads where there is no room at all."""
        asked = address.route, address.path, role
        if asked not in self._nowhere:
            self._nowhere[asked] = visible_text(self.ask(address, "missing", role))
        return self._nowhere[asked]


@pytest.fixture(scope="module")
def site(new_folder: NewFolder) -> Iterator[Site]:
    data = new_folder()
    with seeded_app(data) as (runner, seeded):
        administrator, newcomer = seeded.people["administrator"], seeded.people["newcomer"]
        token = runner.run(password_resets.create(administrator, newcomer.user_id))
    server = Server(data)
    server.command[1] = str(PROJECT / "tests" / "route_list.py")
    with server:
        before = seeded.state()
        yield Site(seeded, server, token)
        changed = {table for table, rows in seeded.state().items() if rows != before[table]}
    # Logins, registrations (which join the Lobby), and the room that a page notes as opened last.
    allowed = {"users", "sessions", "memberships", "room_events", "security_notices"}
    assert changed <= {*allowed, *LOG}
    assert "Traceback" not in server.log.read_text()


LOG = ("security_events", "security_log_state")
"""The tables of the security log, which notes what is refused."""
SHORT = ("private", "missing", "")
"""The kinds of room of the default run; `pytest --all` tries every kind."""


def cells() -> list[object]:
    """Return every address in every kind of room."""
    return [
        pytest.param(
            address,
            place,
            id=f"{address.route}-{address.path}-{place}",
            marks=[] if place in SHORT else [pytest.mark.long],
        )
        for address in ADDRESSES
        for place in ((*PLACES, *NOWHERE) if "{room}" in address.path else ("",))
    ]


@pytest.mark.parametrize(("address", "place"), cells())
def test_each_role_gets_what_the_table_says(
    site: Site, subtests: pytest.Subtests, address: Address, place: str
) -> None:
    for role in (NOBODY, *ROLES):
        with subtests.test(role=role):
            check_address(site, address, place, role)


def check_address(site: Site, address: Address, place: str, role: str) -> None:
    """Check what a role gets at an address in a kind of room."""
    expected = address.row(place)[role]
    answer = site.ask(address, place, role)
    if isinstance(expected, int):
        assert answer.status_code == expected
    else:
        path = site.path(address, place)
        login = "/login" if path == "/" else f"/login?next={quote(path)}"
        assert answer.status_code == 303
        assert answer.headers["location"] == (login if expected == LOGIN else expected)
    if role in STRANGERS and role not in address.tells:
        assert SECRET not in answer.text.casefold()
    is_preview = place == "public" and expected == 200
    if place and role in OUTSIDE and not is_preview:
        nowhere = site.words_of_nowhere(address, role)
        assert visible_text(answer) == nowhere, "a missing room can be told from a private one"


def test_every_address_is_listed(site: Site) -> None:
    running = {
        line.removeprefix("answers ").strip()
        for line in site.server.output
        if line.startswith("answers ")
    }
    listed = {address.route for address in ADDRESSES if not address.route.startswith("-")}
    assert running == listed, "tests/routes.py says who gets what: list it there"
    assert {f"GET {pattern}" for pattern in PAGES.keys() - own_addresses()} <= running


def test_no_address_takes_another_method(site: Site) -> None:
    listed = {address.route for address in ADDRESSES}
    by_pattern = {address.route.partition(" ")[2]: address for address in ADDRESSES}
    for pattern, address in by_pattern.items():
        for method in CHANGING:
            if f"{method} {pattern}" not in listed:
                for role in (NOBODY, "owner"):
                    answer = site.ask(address, "private", role, method)
                    assert answer.status_code in {401, 403, 404, 405}, (method, pattern, role)


# -- what a page sends over its websocket -------------------------------------------------------

OTHERS = {"click", "sub_pages_navigate", "sub_pages_open", "update:value"}
"""What names no room: clicks, and the events of NiceGUI itself."""


@pytest.mark.parametrize("role", OUTSIDE)
def test_a_page_reaches_no_room_that_its_user_is_not_in(site: Site, role: str) -> None:
    with site.browser(role).open("/rooms/1").connect() as page:
        assert page.listens() - OTHERS == {"client_event"}
        page.catch_up()
        page.receive_all(quiet=SETTLED, within=SETTLED)
        before = site.stored()
        said = [
            (event, detail)
            for place in ASKED_FOR
            for event, detail in events(Ask(site.seeded.people[role], role, place, site.seeded))
        ]
        # What leads elsewhere comes last: after it the page listens to other things.
        said.sort(key=lambda each: each[0] == "navigate")
        for event, detail in said:
            page.emit("event", page.event(event, detail))
        heard = page.receive_all(quiet=SETTLED)
        refusals = re.findall(r'"(?:message|sentence)":"(.*?)"', heard)
        assert set(refusals) == {str(NotFound())}
        assert SECRET not in heard.casefold()
        assert site.stored() == before


def test_a_member_is_sent_the_messages_of_the_room(site: Site) -> None:
    """Else the test above would hear nothing, whatever came."""
    with site.browser("member").open("/rooms/1").connect() as page:
        wanted = {"room": site.seeded.rooms["private"], "before": 99}
        page.emit("event", page.event("load_older", wanted))
        older = page.wait_for("chat_messages", lambda data: data["how"] == "older")
        assert SECRET in older["html"]
