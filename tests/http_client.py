"""A browser as the server hears it: forms over HTTP, and a page's websocket without a screen."""

import html
import json
import re
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any, Self
from urllib.parse import urlencode

import httpx
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

PASSWORD = "correct horse battery"


class Browser:
    """One person's browser: it keeps cookies and says where it comes from, as browsers do."""

    def __init__(self, address: str) -> None:
        self.address = address
        # Without `verify=False` each one loads every certificate there is, for plain HTTP.
        self.http = httpx.Client(
            base_url=address, headers={"Origin": address}, timeout=30, verify=False
        )

    def register(self, username: str) -> httpx.Response:
        return self.http.post("/register", data={"username": username, "password": PASSWORD})

    def login(self, username: str, password: str = PASSWORD) -> httpx.Response:
        return self.http.post("/login", data={"username": username, "password": password})

    def cookie(self) -> str:
        """Return what the browser would send as its cookies."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.http.cookies.jar)

    def open(self, path: str = "/rooms/1") -> "Page":
        """Open a page, but not yet its websocket."""
        return Page(self, self.http.get(path))


class Page:
    """A page of NiceGUI's: what is on it, and its websocket (Engine.IO 4, Socket.IO 5)."""

    def __init__(self, browser: Browser, answer: httpx.Response) -> None:
        assert answer.status_code == 200, answer.text[:500]
        self.browser = browser
        self.client_id = re.search(r"'client_id': '([^']+)'", answer.text)[1]
        drawn = re.search(r"parseElements\(String\.raw`(.*?)`\), \{", answer.text, re.DOTALL)[1]
        self.elements: dict[str, Any] = json.loads(html.unescape(drawn))
        self.room = int(self._element("data-testid", "timeline")[1]["props"]["data-room"])
        self.socket: ClientConnection
        self._line = ExitStack()

    def address(self, **query: str) -> str:
        """Return where the page's websocket is."""
        asked = {
            "client_id": self.client_id,
            "next_message_id": "0",
            "implicit_handshake": "true",
            "document_id": "d1",
            "tab_id": "t1",
            "EIO": "4",
            "transport": "websocket",
            **query,
        }
        where = self.browser.address.replace("http", "ws", 1)
        return f"{where}/_nicegui_ws/socket.io/?{urlencode(asked)}"

    def connect(
        self, *, cookie: str | None = None, origin: str | None = "own", **query: str
    ) -> Self:
        """Open the websocket; every part of it can be other than a browser would have it."""
        cookie = self.browser.cookie() if cookie is None else cookie
        opening = connect(
            self.address(**query),
            origin=self.browser.address if origin == "own" else origin,
            additional_headers={"Cookie": cookie} if cookie else {},
            max_size=None,
        )
        self.socket = self._line.enter_context(opening)
        assert self._receive()[0] == "0"
        self.socket.send("40")
        answer = self._receive()
        if not answer.startswith("40"):
            self._line.close()
            raise Refused(answer)
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._line.close()

    def emit(self, name: str, data: Any) -> None:
        """Say something, as NiceGUI's script does."""
        self.socket.send("42" + json.dumps([name, data]))

    def event(self, event: str, detail: Any, **other: Any) -> dict[str, Any]:
        """Return what the page says as `tellPage` in chat_ui/components/dom.js does."""
        number, element = self._element("data-frame", True)
        [listener] = [each for each in element["events"] if each["type"] == "client_event"]
        return {
            "id": int(number),
            "client_id": self.client_id,
            "listener_id": listener["listener_id"],
            "args": [json.dumps({"detail": {"event": event, "detail": detail}})],
            **other,
        }

    def listens(self) -> set[str]:
        """Return the events that something on the page listens to."""
        return {
            each["type"] for element in self.elements.values() for each in element.get("events", [])
        }

    def catch_up(self, last: int = 0) -> str:
        """Look at the room from now on; return the messages that are in it."""
        self.emit("event", self.event("catch_up", {"room": self.room, "last": last}))
        return self.hear("chat_messages")["html"]

    def send(self, text: str, number: str) -> None:
        """Send a message."""
        self.emit("event", self.event("send", {"room": self.room, "id": number, "text": text}))

    def hear(
        self,
        name: str,
        about: Callable[[Any], bool] = lambda _data: True,
        *,
        within: float = 10,
    ) -> Any:
        """Wait until the server says `name`; return what it says."""
        until = time.monotonic() + within
        while True:
            packet = self._receive(until - time.monotonic())
            if packet.startswith("42"):
                said, *data = json.loads(packet[2:])
                if said == name and about(data[0]):
                    return data[0]

    def hear_all(self, *, quiet: float, within: float = 10) -> str:
        """Return what the server sends until it is quiet for some seconds, `within` at first."""
        heard: list[str] = []
        with suppress(TimeoutError):
            while True:
                heard.append(self._receive(quiet if heard else within))
        return "".join(heard)

    def is_cut_off(self, *, within: float = 10) -> bool:
        """Tell whether the server ends the connection within so many seconds."""
        until = time.monotonic() + within
        try:
            while True:
                if self._receive(until - time.monotonic()) == "41":
                    return True
        except ConnectionClosed:
            return True
        except TimeoutError:
            return False

    def _receive(self, within: float = 10) -> str:
        while True:
            packet = self.socket.recv(timeout=max(0.01, within))
            if packet != "2":  # a ping
                return str(packet)
            self.socket.send("3")

    def _element(self, attribute: str, value: str) -> tuple[str, Any]:
        [found] = [
            (number, element)
            for number, element in self.elements.items()
            if element.get("props", {}).get(attribute) == value
        ]
        return found


def words(answer: httpx.Response) -> str:
    """Return the words that a page shows, or all of an answer that is none."""
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return answer.text
    drawn = re.search(r"parseElements\(String\.raw`(.*?)`\), \{", answer.text, re.DOTALL)[1]
    elements = json.loads(html.unescape(drawn)).values()
    return " ".join(str(each["text"]) for each in elements if "text" in each)


class Refused(Exception):
    """The server accepted the websocket and then refused the page."""


__all__ = ["PASSWORD", "Browser", "ConnectionClosed", "InvalidStatus", "Page", "Refused", "words"]
