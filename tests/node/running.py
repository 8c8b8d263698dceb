"""A node of a hub, each in its own process."""

import os
import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from tests.http_client import Browser, Page
from tests.server import Server

WITHIN = 60.0
"""Seconds for what goes over both."""


class NodeServer(Server):
    """`python main.py --connect` to a hub, on SQLite whatever the hub is on."""

    def __init__(self, data: Path, hub: Server, port: int = 0) -> None:
        """`port` is that of a proxy in front of the hub, if there is one."""
        address = f"http://127.0.0.1:{port}" if port else hub.address
        super().__init__(data, "--connect", address, CHAT_DATABASE="")

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """Query its database, which it has open."""
        with closing(sqlite3.connect(self.data / "chat.db")) as connection:
            return connection.execute(statement).fetchall()


def page_of(server: Server, username: str, room: int | None = None) -> Page:
    """Log in, and open a connected page of the room that is shown first, or of another."""
    browser = Browser(server.address)
    answer = browser.login(username)
    assert answer.status_code == 303, answer.text
    page = browser.open("/" if room is None else f"/rooms/{room}").connect()
    page.catch_up()
    return page


def is_there(page: Page, room: int) -> bool:
    """Return whether the page's person is in a room."""
    return page.browser.http.get(f"/rooms/{room}").status_code == 200


def see(page: Page, text: str, *, within: float = WITHIN) -> str:
    """Wait until a page is sent a message with this text, and return its HTML."""
    return str(
        page.wait_for("chat_messages", lambda data: text in data["html"], within=within)["html"]
    )


def shown(page: Page) -> str:
    """Return the HTML of the messages that a page shows when it is opened now."""
    with page.browser.open(f"/rooms/{page.room}").connect() as again:
        return again.catch_up()


def history(page: Page) -> list[str]:
    """Return the texts of these messages, but for replies."""
    html = shown(page)
    return re.findall(r'class="message-body"[^>]*><p>(.*?)</p>', html)


def until(condition, *, within: float = WITHIN) -> None:  # type: ignore[no-untyped-def]
    """Wait until a condition holds."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.6)  # a person may open 120 pages in a minute


def words(number: int) -> list[str]:
    """Return words that are nowhere by chance."""
    return [f"canary{os.urandom(8).hex()}" for _each in range(number)]


def answered(page: Page) -> None:
    """Wait until a page's events so far are dealt with: they are, one after the other."""
    page.emit("event", page.event("preview", {"room": page.room, "asked": 1, "text": "*x*"}))
    page.wait_for("chat_preview")
