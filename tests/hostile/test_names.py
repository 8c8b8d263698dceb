"""People who take another's name."""

import re

import pytest

from tests.http_client import PASSWORD, Browser
from tests.server import Server


def register(server: Server, username: str, display_name: str) -> Browser:
    browser = Browser(server.address)
    form = {"username": username, "password": PASSWORD, "display_name": display_name}
    assert browser.http.post("/register", data=form).status_code == 303
    return browser


def authors(html: str) -> dict[str, tuple[str, int]]:
    """Return what stands above the messages of each author, and the colour beside it."""
    return {
        name: (re.sub("<.*?>", "", shown), int(hue))
        for name, hue, shown in re.findall(
            r'data-author="(\w+)".*?--hue:(\d+).*?class="author".*?>(.*?)</a>', html, re.DOTALL
        )
    }


@pytest.mark.parametrize("imitation", ["Priya Sharma", "PRIYA SHARMA", "Priy\u0430 Sharma"])
def test_an_imitator_is_told_apart_in_the_timeline(
    server: Server, browser: Browser, imitation: str
) -> None:
    number = sum(map(ord, imitation))
    people = {f"priya{number}": "Priya Sharma", f"mallory{number}": imitation}
    for username, display_name in people.items():
        with register(server, username, display_name).open().connect() as theirs:
            theirs.catch_up()
            text = f"the homework is cancelled, says {username}"
            theirs.send(text, f"{username}-message")
            theirs.wait_for("chat_messages", lambda data, text=text: text in data["html"])
    with browser.open().connect() as later:
        shown = authors(later.catch_up())
    for name, display_name in people.items():
        assert shown[name][0] == f"{display_name} @{name}"
    assert len({shown[name][1] for name in people}) == 2


@pytest.mark.parametrize("name", ["Admin", "\u0410dmin", "Lobby", "Simple Chat"])
def test_a_stranger_does_not_speak_for_the_chat(server: Server, name: str) -> None:
    browser = Browser(server.address)
    for form in ({"username": "mallory", "display_name": name}, {"username": name.casefold()}):
        answer = browser.http.post("/register", data={"password": PASSWORD, **form})
        assert answer.status_code in {400, 409}
