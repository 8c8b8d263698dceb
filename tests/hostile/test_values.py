"""Texts and numbers that not every database can store: a page of ours sends none of them.

PostgreSQL has no NUL in texts, neither it nor SQLite has half of a surrogate pair or a number of
more than 64 bits. `.ci/with-postgres pytest tests/hostile/test_values.py` runs it there.
"""

import json
import re
from collections.abc import Iterator
from typing import Annotated, get_args, get_origin

import msgspec
import pytest

from benchmarks.fuzz.frames import EVENTS, GOOD
from chat_ui.realtime.protocol import ClientEvent
from tests.conftest import NewFolder
from tests.hostile.conftest import works
from tests.http_client import Browser
from tests.routes import ADDRESSES
from tests.server import PROJECT, Server

TEXTS = ("a\0b", "\0", "\ud800", "a\udfffb", "x" * 43 + "\0", "A" * 42 + "\0")
NUMBERS = (2**53 - 1, 2**63 - 1, 2**63, 2**64, 10**30, -(2**63) - 1)
IN_PATHS = ("a%00b", "%00", "%ED%A0%80", *map(str, NUMBERS), "9" * 15)
NAMES = ("q", "kind", "person", "from", "before", "skip", "order", "text", "next", "invite", "page")
FORMS = {
    "/login": ("username", "password"),
    "/login/step": ("code",),
    "/login/passkey": ("ceremony", "answer"),
    "/login/language": ("language",),
    "/register": ("username", "password", "display_name", "invite", "setup_code"),
    "/reset/" + "A" * 43: ("password",),
}


@pytest.fixture(scope="module")
def server(new_folder: NewFolder) -> Iterator[Server]:
    """A server on which nothing is refused for being too often."""
    server = Server(new_folder(), CHAT_REGISTRATION="invite")
    server.command[1] = str(PROJECT / "tests" / "unlimited.py")
    with server:
        yield server
    log = server.log.read_text()
    assert "Traceback" not in log, log
    assert "takes no such value" not in log, log  # the database was asked


def test_an_address_finds_nothing(server: Server, browser: Browser) -> None:
    patterns = {each.route.partition(" ")[2] for each in ADDRESSES if each.method == "GET"}
    stranger = Browser(server.address)
    asked = 0
    for pattern in sorted(each for each in patterns if "{" in each and "_nicegui" not in each):
        for value in IN_PATHS:
            for number in range(pattern.count("{")):
                names = iter(range(pattern.count("{")))
                path = re.sub(
                    r"\{[^}]+\}",
                    lambda _name: value if next(names) == number else "1",  # noqa: B023
                    pattern,
                )
                for visitor in (browser, stranger):
                    assert visitor.http.get(path).status_code < 500, path
                    asked += 1
    assert asked > 400


@pytest.mark.parametrize(
    "path",
    [
        "/search",
        "/login",
        *(  # further pages
            pytest.param(path, marks=pytest.mark.long)
            for path in ("/security", "/rooms/1/files", "/rooms/mine")
        ),
    ],
)
def test_a_query_finds_nothing(browser: Browser, path: str) -> None:
    stranger = Browser(browser.address)
    for name in NAMES:
        for value in (*IN_PATHS, "from:%00", "in:%00", "from:a%00b", '"a%00b"', "before:%00"):
            for visitor in (browser, stranger):
                answer = visitor.http.get(f"{path}?{name}={value}")
                assert answer.status_code < 500, f"{path}?{name}={value}"


def test_an_invite_link_opens_the_form(browser: Browser) -> None:
    stranger = Browser(browser.address)
    for value in IN_PATHS:
        assert stranger.http.get(f"/register?invite={value}").status_code == 200


@pytest.mark.parametrize("path", FORMS)
def test_a_form_is_refused(browser: Browser, path: str) -> None:
    stranger = Browser(browser.address)
    for changed in FORMS[path]:
        for value in TEXTS:
            sent = dict.fromkeys(FORMS[path], "x" * 12)
            sent[changed] = value
            if changed == "answer":
                sent[changed] = json.dumps({"id": value})
            if "ceremony" in sent:
                made = stranger.http.post("/login/passkey/options").json()
                sent["ceremony"] = made["token"]
            body = {name: each.encode("utf-8", "surrogatepass") for name, each in sent.items()}
            assert stranger.http.post(path, data=body).status_code < 500, (changed, value)


def test_cookies_are_of_nobody(browser: Browser) -> None:
    for cookie in browser.http.cookies.jar:
        for value in ("%00" * 43, "x" * 43, "\xff" * 43, "\xc2\x80" * 20):
            stranger = Browser(browser.address)
            header = f"{cookie.name}={value}".encode("latin-1")
            answer = stranger.http.get("/", headers={b"Cookie": header})
            assert answer.status_code < 500


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.EVENT)
def test_an_event_is_refused_or_cleaned(browser: Browser, kind: type[ClientEvent]) -> None:
    with browser.open().connect() as page:
        page.catch_up()
        for field in msgspec.structs.fields(kind):
            for value in (*TEXTS, *map(str, NUMBERS), *NUMBERS):
                detail = {
                    each.name: GOOD.get(each.name, 1) for each in msgspec.structs.fields(kind)
                }
                kept = field.type
                kept = get_args(kept)[0] if get_origin(kept) is Annotated else kept
                detail[field.name] = [value] if get_origin(kept) is list else value
                page.emit("event", page.event(kind.EVENT, detail))
            assert works(page)
