"""Somebody who knows a password, and has neither the phone nor the passkey."""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx
import pytest

from services import lifecycle
from services.accounts.factors.ceremonies import Site
from services.core.disk import data_folder
from tests.authenticator import Authenticator
from tests.conftest import NewFolder, cheap, person
from tests.factors import App, add_app, add_passkey
from tests.http_client import Browser, visible_text
from tests.server import Server

WRONG = "This code is wrong or was already used."


@dataclass
class Guarded:
    """A server, and accounts with a second factor: what their owners have."""

    server: Server
    apps: dict[str, App]
    codes: dict[str, tuple[str, ...]]
    passkey: Authenticator
    """Of ben."""

    @property
    def address(self) -> str:
        """Where passkeys are possible."""
        return f"http://localhost:{self.server.port}"

    def browser(self) -> Browser:
        """Return a browser that nobody has used yet."""
        return Browser(self.address)

    def first_step(self, name: str) -> Browser:
        """Enter somebody's password."""
        browser = self.browser()
        answer = browser.login(name)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login/step")
        return browser


@pytest.fixture(scope="module")
def guarded(new_folder: NewFolder) -> Iterator[Guarded]:
    server = Server(new_folder())
    found = Guarded(server, {}, {}, Authenticator())

    async def fill() -> None:
        await lifecycle.startup(cheap(server.data))
        try:
            for name in ("ben", "cara", "dora", "eli"):
                viewer = await person(name)
                found.apps[name], found.codes[name] = await add_app(viewer)
                if name == "ben":
                    site = Site("localhost", found.address)
                    found.passkey = await add_passkey(viewer, site=site)
        finally:
            await lifecycle.shutdown()

    with data_folder.lock(server.data):
        asyncio.run(fill())
    with server:
        yield found
    log = server.log.read_text()
    assert "Traceback" not in log, log


def is_in(browser: Browser) -> bool:
    """Return whether somebody has a session."""
    return browser.http.get("/").status_code == 200


def enter(browser: Browser, code: str) -> httpx.Response:
    """Send a code as the second step."""
    return browser.http.post("/login/step", data={"code": code})


def test_there_is_no_session_before_the_second_step(guarded: Guarded) -> None:
    browser = guarded.first_step("ben")
    [cookie] = [each for each in browser.http.cookies.jar if "-step-" in each.name]
    assert not any("-session-" in each.name for each in browser.http.cookies.jar)
    assert not is_in(browser)
    as_session = guarded.browser()
    as_session.http.cookies.set(cookie.name.replace("-step-", "-session-"), str(cookie.value))
    assert not is_in(as_session)
    assert enter(browser, guarded.apps["ben"].code()).status_code == 303
    assert is_in(browser)
    assert not any("-step-" in each.name for each in browser.http.cookies.jar)
    again = guarded.browser()
    again.http.cookies.set(cookie.name, str(cookie.value))
    assert again.http.get("/login/step").headers["location"] == "/login"
    assert enter(again, guarded.codes["ben"][9]).status_code == 401, "the first step is used up"


def test_codes_cannot_be_guessed(guarded: Guarded) -> None:
    browser = guarded.first_step("cara")
    for number in range(5):
        answer = enter(browser, f"{number:06}")
        assert answer.status_code == 401
        assert WRONG in visible_text(answer)
    # Neither in another browser, nor after logging in once more.
    for other in (browser, guarded.first_step("cara")):
        answer = enter(other, guarded.apps["cara"].code())
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 60
        assert "Too many attempts" in visible_text(answer)
        assert not is_in(other)


def test_a_code_that_was_seen_is_worth_nothing(guarded: Guarded) -> None:
    owner, thief, code = (
        guarded.first_step("dora"),
        guarded.first_step("dora"),
        guarded.apps["dora"].code(),
    )
    assert enter(owner, code).status_code == 303
    assert enter(thief, code).status_code == 401
    assert not is_in(thief)


def test_a_recovery_code_opens_one_of_many_at_once(guarded: Guarded) -> None:
    browsers = [guarded.first_step("eli") for _each in range(4)]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda each: enter(each, guarded.codes["eli"][0]), browsers))
    assert sorted(each.status_code for each in answers) == [303, 401, 401, 401]
    assert sum(map(is_in, browsers)) == 1


def test_a_session_that_was_planted_is_not_taken_over(guarded: Guarded) -> None:
    victim, name = guarded.first_step("dora"), f"chat-session-{guarded.server.port}"
    victim.http.cookies.set(name, "planted")
    answer = enter(victim, guarded.codes["dora"][0])
    assert answer.status_code == 303
    [opened] = [
        each for each in answer.headers.get_list("set-cookie") if each.startswith(f"{name}=")
    ]
    assert not opened.startswith(f"{name}=planted")
    thief = guarded.browser()
    thief.http.cookies.set(name, "planted")
    assert not is_in(thief)
    # A first step of the thief's, in the victim's browser, takes the thief's codes alone.
    planted = guarded.first_step("dora")
    assert enter(planted, guarded.codes["ben"][0]).status_code == 401


def log_in(guarded: Guarded, browser: Browser, **wrong: object) -> tuple[dict[str, str], int]:
    """Log in with ben's passkey; return the form that was sent, and the status."""
    wanted = browser.http.post("/login/passkey/options").json()
    answer = guarded.passkey.get(json.dumps(wanted["options"]), **wrong)
    form = {"ceremony": wanted["token"], "answer": answer}
    return form, browser.http.post("/login/passkey", data=form).status_code


def test_a_passkey_logs_in_once_for_each_challenge(guarded: Guarded) -> None:
    owner, thief = guarded.browser(), guarded.browser()
    form, status = log_in(guarded, owner)
    assert status == 303
    assert is_in(owner)
    again = thief.http.post("/login/passkey", data=form)
    assert again.status_code == 401
    assert "The passkey could not be verified." in visible_text(again)
    assert not is_in(thief)


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost"},
        {"rp_id": "evil.example"},
        {"flags": 0x01},
        {"user_handle": b""},
        {"challenge": "AAAA"},
        {"count": 0},
    ],
    ids=str,
)
def test_a_passkey_used_on_another_site_is_worth_nothing(
    guarded: Guarded, wrong: dict[str, object]
) -> None:
    log_in(guarded, guarded.browser())
    browser = guarded.browser()
    assert log_in(guarded, browser, **wrong)[1] == 401
    assert not is_in(browser)


def test_another_site_cannot_send_these_forms(guarded: Guarded) -> None:
    browser = guarded.first_step("ben")
    code = guarded.codes["ben"][1]
    for origin in ("https://evil.example", "null"):
        headers = {"Origin": origin}
        for path in ("/login/step", "/login/passkey", "/login/passkey/options"):
            answer = browser.http.post(path, data={"code": code}, headers=headers)
            assert answer.status_code == 403
    assert enter(browser, code).status_code == 303


@pytest.mark.parametrize("path", ["/login/step", "/login/passkey"])
def test_garbage_gets_a_sentence(guarded: Guarded, path: str) -> None:
    browser = guarded.browser()
    for form in (
        {},
        {"code": "\x00\ud800".encode("utf-8", "surrogatepass")},
        {"code": "1" * 60_000},
        {"ceremony": "x" * 10_000, "answer": "[" * 15_000},
        {"ceremony": "", "answer": '{"id": 7, "response": {"userHandle": [[]]}}'},
        {"next": "//evil.example", "trust": "on"},
    ):
        answer = browser.http.post(path, data=form)
        assert answer.status_code == 401, form
        assert "again" in visible_text(answer)
    assert browser.http.post(path, data={"answer": "x" * 70_000}).status_code == 413
    answer = browser.http.post(path, files={"code": ("name", b"file"), "answer": ("a", b"b")})
    assert answer.status_code == 401


def test_challenges_are_not_had_without_end(guarded: Guarded) -> None:
    browser = guarded.browser()
    answers = [browser.http.post("/login/passkey/options") for _each in range(110)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert "Too many attempts" in answers[-1].text
