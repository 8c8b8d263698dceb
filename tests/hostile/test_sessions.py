"""What is left of a session after its end, and who guesses at sessions."""

import secrets
import time

import httpx
import pytest

from benchmarks.attacks import SWITCHING, Member, frame, handshake
from tests.hostile.conftest import Connect, answer, works
from tests.http_client import Browser, Page
from tests.server import Server


@pytest.fixture
def mallory(server: Server) -> Browser:
    """The browser of another member."""
    browser = Browser(server.address)
    browser.register(f"mallory{secrets.token_hex(4)}")
    return browser


@pytest.mark.parametrize("said", [b"", b"40"], ids=["silent", "connected"])
def test_every_websocket_ends_with_its_session(
    page: Page, mallory: Browser, connect: Connect, said: bytes
) -> None:
    member = Member(mallory.address, mallory.cookie())
    opened = []
    for number in range(12):
        connection = connect(4096 if number % 2 else 0)
        assert handshake(connection, member, mallory.open().client_id) == SWITCHING
        if said:
            connection.sendall(frame(1, said))
        opened.append(connection)
    time.sleep(0.5)
    ended = time.monotonic()
    assert mallory.http.post("/logout").status_code == 303
    for connection in opened:
        answer(connection)  # until the connection ends, or the read times out
    assert time.monotonic() - ended < 5
    assert works(page)


def test_logging_out_clears_what_the_browser_stored(mallory: Browser) -> None:
    response = mallory.http.post("/logout")
    assert response.headers["clear-site-data"] == '"cache", "storage"'
    assert any("chat-device" in cookie.name for cookie in mallory.http.cookies.jar)
    assert mallory.http.get("/login").status_code == 200


def test_guessing_sessions_is_limited_and_holds_up_no_member(
    server: Server, browser: Browser
) -> None:
    name = next(cookie.name for cookie in browser.http.cookies.jar if "session" in cookie.name)
    with httpx.Client(base_url=server.address, verify=False) as stranger:
        answers = []
        for number in range(700):
            token = secrets.token_urlsafe(32 if number % 2 else 9)
            answers.append(stranger.get("/rooms", headers={"Cookie": f"{name}={token}"}))
            if answers[-1].status_code == 429:
                break
        assert {each.status_code for each in answers} == {303, 429}
        assert int(answers[-1].headers["retry-after"]) <= 60
        assert answers[-1].text.count(".") >= 1
        assert stranger.get("/healthz").status_code == 200
    assert browser.http.get("/rooms").status_code == 200


def test_health_checks_are_limited(server: Server, browser: Browser) -> None:
    with httpx.Client(base_url=server.address, verify=False) as monitoring:
        codes = [monitoring.get("/healthz").status_code for _ in range(400)]
    assert set(codes) == {200, 429}
    assert codes.index(429) >= 120  # one each second, from two programs, is far from that
    assert browser.http.get("/rooms").status_code == 200
