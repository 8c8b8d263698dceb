"""An HTTP and WebSocket client that acts as a browser, without rendering pages."""

import html
import json
import re
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from benchmarks.page_html import websocket_address

PASSWORD = "correct horse battery"
UNVERIFIED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For certificates that the tests make themselves."""
UNVERIFIED.check_hostname = False
UNVERIFIED.verify_mode = ssl.CERT_NONE


class Browser:
    """A browser of one user, with cookies and an Origin header."""

    def __init__(self, address: str) -> None:
        self.address = address
        # `verify=False` avoids loading all certificates, which plain HTTP does not need.
        # The server closes a connection after 5 seconds of silence: none is asked that late.
        self.http = httpx.Client(
            base_url=address,
            headers={"Origin": address},
            timeout=30,
            verify=False,
            limits=httpx.Limits(keepalive_expiry=1),
        )

    def register(self, username: str) -> httpx.Response:
        return self.http.post("/register", data={"username": username, "password": PASSWORD})

    def login(self, username: str, password: str = PASSWORD) -> httpx.Response:
        return self.http.post("/login", data={"username": username, "password": password})

    def cookie(self) -> str:
        """Return the Cookie header."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.http.cookies.jar)

    def open(self, path: str = "/rooms/1") -> "Page":
        """Load a page, without its websocket."""
        return Page(self, self.http.get(path))


class Page:
    """A NiceGUI page: its elements and its websocket (Engine.IO 4, Socket.IO 5)."""

    def __init__(self, browser: Browser, answer: httpx.Response) -> None:
        assert answer.status_code == 200, answer.text[:500]
        self.browser = browser
        self.client_id = re.search(r"'client_id': '([^']+)'", answer.text)[1]
        drawn = re.search(r"parseElements\(String\.raw`(.*?)`\), \{", answer.text, re.DOTALL)[1]
        self.elements: dict[str, Any] = json.loads(html.unescape(drawn))
        self.room = int(self._element("data-testid", "timeline")[1]["props"]["data-room"])
        self.socket: ClientConnection
        self._connection = ExitStack()

    def address(self, **query: str) -> str:
        """Return the URL of the page's websocket."""
        return websocket_address(self.browser.address, **{"client_id": self.client_id, **query})

    def connect(
        self, *, cookie: str | None = None, origin: str | None = "own", **query: str
    ) -> Self:
        """Open the websocket; cookie, origin and query can differ from those of a browser."""
        cookie = self.browser.cookie() if cookie is None else cookie
        address, encrypted = self.address(**query), None
        if address.startswith("wss:"):
            address, encrypted = f"ws{address.removeprefix('wss')}", encrypted_socket(address)
        opening = connect(
            address,
            origin=self.browser.address if origin == "own" else origin,
            additional_headers={"Cookie": cookie} if cookie else {},
            max_size=None,
            sock=encrypted,
        )
        self.socket = self._connection.enter_context(opening)
        assert self._receive()[0] == "0"
        self.socket.send("40")
        answer = self._receive()
        if not answer.startswith("40"):
            self._connection.close()
            raise HandshakeRefused(answer)
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._connection.close()

    def emit(self, name: str, data: Any) -> None:
        """Send a Socket.IO event, as NiceGUI's script does."""
        self.socket.send("42" + json.dumps([name, data]))

    def event(self, event: str, detail: Any, **other: Any) -> dict[str, Any]:
        """Return the event that `sendToServer` in chat_ui/realtime/connection.js sends."""
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
        """Return the event types that elements of the page listen to."""
        return {
            each["type"] for element in self.elements.values() for each in element.get("events", [])
        }

    def catch_up(self, last: int = 0) -> str:
        """Subscribe to the room, and return the HTML of its messages."""
        self.emit("event", self.event("catch_up", {"room": self.room, "last": last}))
        return self.wait_for("chat_messages")["html"]

    def send(self, text: str, number: str) -> None:
        """Send a message."""
        self.emit("event", self.event("send", {"room": self.room, "id": number, "text": text}))

    def wait_for(
        self,
        name: str,
        matches: Callable[[Any], bool] = lambda _data: True,
        *,
        within: float = 10,
    ) -> Any:
        """Wait for an event of this name whose data `matches`, and return the data."""
        until = time.monotonic() + within
        while True:
            packet = self._receive(until - time.monotonic())
            if packet.startswith("42"):
                event, *data = json.loads(packet[2:])
                if event == name and matches(data[0]):
                    return data[0]

    def receive_all(self, *, quiet: float, within: float = 10) -> str:
        """Return all that the server sends until nothing comes for `quiet` seconds.

        The first packet may take `within` seconds.
        """
        packets: list[str] = []
        with suppress(TimeoutError):
            while True:
                packets.append(self._receive(quiet if packets else within))
        return "".join(packets)

    def is_disconnected(self, *, within: float = 10) -> bool:
        """Return whether the server closes the connection within this many seconds."""
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


def encrypted_socket(address: str) -> socket.socket:
    """Return a socket whose bytes go to an address encrypted.

    The client for websockets reads in one thread and writes in another, which OpenSSL does not
    allow for one connection: now and then, bytes would get lost.
    """
    parts = urlsplit(address)
    raw = socket.create_connection((parts.hostname, parts.port), timeout=10)
    encrypted = UNVERIFIED.wrap_socket(raw, server_hostname=parts.hostname)
    ours, theirs = socket.socketpair()
    threading.Thread(target=_carry, args=(encrypted, theirs), daemon=True).start()
    return ours


def _carry(encrypted: ssl.SSLSocket, plain: socket.socket) -> None:
    with encrypted, plain, suppress(OSError):
        while True:
            select.select([encrypted, plain], [], [], 0 if encrypted.pending() else None)
            for source, target in ((encrypted, plain), (plain, encrypted)):
                source.settimeout(0)
                try:
                    data = source.recv(65536)
                except (BlockingIOError, ssl.SSLWantReadError):  # nothing, or no whole record
                    continue
                if not data:
                    return
                target.settimeout(10)
                target.sendall(data)


def visible_text(answer: httpx.Response) -> str:
    """Return the text on a page, or the whole body of another response."""
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return answer.text
    drawn = re.search(r"parseElements\(String\.raw`(.*?)`\), \{", answer.text, re.DOTALL)[1]
    elements = json.loads(html.unescape(drawn)).values()
    return " ".join(str(each["text"]) for each in elements if "text" in each)


class HandshakeRefused(Exception):
    """The server accepted the websocket, but refused the page's handshake."""


__all__ = [
    "PASSWORD",
    "Browser",
    "ConnectionClosed",
    "HandshakeRefused",
    "InvalidStatus",
    "Page",
    "visible_text",
]
