"""A client that speaks the protocol of our pages without a browser.

    async with ChatClient("http://127.0.0.1:8080", "asha") as asha:
        await asha.log_in()             # registers, or logs in when the name is taken
        await asha.open("/rooms/1")     # returns once the messages are there
        seq = await asha.send("Hello")  # returns once it is stored: a browser shows ✓
        asha.confirmed                  # {client message id: seq} of those that are stored
        asha.unconfirmed                # {client message id: text} of the others
        asha.received                   # every message that arrived, own ones too, in order

It handles a message as the browser does, and reports reading with the same delay. After the
server was restarted, call `open` again: a browser reloads the page, too. `resend` then sends
unconfirmed messages again, under the same ids.
"""

import asyncio
import json
import re
import time
from functools import lru_cache
from secrets import token_hex
from typing import Any, Self

import httpx
from msgspec import Struct

from benchmarks.page import Page, PageNotLoaded, browser
from benchmarks.socketio_client import ConnectionLost

PASSWORD = "correct horse battery"
READ_DELAY, READ_INTERVAL, LARGE_ROOM = 0.3, 5.0, 30
"""When a page reports what was read, and in how large a room it does so with its heartbeats: see
`chat_ui/rooms/timeline/read_position.js`."""
_MESSAGE = re.compile(r"<article\b([^>]*\bdata-seq=[^>]*)>")
_ATTRIBUTE = re.compile(r'\bdata-(seq|author|client-id)="([^"]*)"')


class Rejected(Exception):
    """The server refused a message or a login, with a reason."""


class Received(Struct, frozen=True):
    """An arrived message: `how` is live, start, add or older; `at` is `time.perf_counter()`."""

    seq: int
    author: str
    client_id: str
    how: str
    at: float


@lru_cache(maxsize=64)
def _messages_in(html: str) -> tuple[tuple[int, str, str], ...]:
    """Return `seq`, author and client id of each message, once for all clients that receive it."""
    found = (dict(_ATTRIBUTE.findall(each[1])) for each in _MESSAGE.finditer(html))
    return tuple((int(of["seq"]), of["author"], of["client-id"]) for of in found)


class ChatClient:
    """One user with one page, which stays open until the `async with` block ends."""

    def __init__(self, server: str, username: str, *, session: str = "", port: int = 0) -> None:
        """Use the chat at `server` (http://host:port).

        With a `session`, the token of its cookie, `log_in` is not needed. `port` is the port of
        the chat itself, when `server` is a proxy.
        """
        self._session = session
        self.username = username
        self.received: list[Received] = []
        self.confirmed: dict[str, int] = {}
        self.unconfirmed: dict[str, str] = {}
        self.refused: dict[str, str] = {}
        """The reason of each refusal that a message was last answered with, by its id."""
        self.room = 0
        self.last = 0
        """The highest `seq` that arrived in the open room."""
        self.is_reading = True
        """Whether arriving messages count as read."""
        self._reported_seq = 0
        self._reported_at = -READ_INTERVAL
        self._is_large_room = False
        self._user_id = 0
        self.read_by_all: list[tuple[int, float]] = []
        """The `seq` that all others have read, as the server reported it, and when."""
        self._reading: asyncio.Task[None] | None = None
        self._answers: dict[str, asyncio.Future[int]] = {}
        self._started = asyncio.Event()
        self._older = asyncio.Event()
        self._page: Page | None = None
        self._http = browser(server.rstrip("/"))
        self._remember(port or self._http.base_url.port or 80)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close_page()
        await self._http.aclose()

    def use(self, server: str) -> None:
        """Use the same chat at another address, from the next request or connection on."""
        self._http.base_url = server
        self._http.headers["Origin"] = server
        self._remember(self._http.base_url.port or 80)

    def _remember(self, port: int) -> None:
        """Keep the session in the cookie of a chat on this port."""
        if self._session:
            self._http.cookies.set(f"chat-session-{port}", self._session)

    @property
    def is_disconnected(self) -> bool:
        """Whether the open page has lost its connection; a browser would reconnect."""
        return self._page is not None and self._page.closed.is_set()

    @property
    def characters_received(self) -> int:
        """How many characters arrived on the websocket of the open page."""
        return self._page.characters_received if self._page else 0

    async def log_in(self, password: str = PASSWORD) -> None:
        """Register, or log in when the name is taken.

        Raises `Rejected` when that fails, `ConnectionLost` when there is no server.
        """
        filled = {"username": self.username, "password": password}
        try:
            answer = await self._http.post("/register", data=filled)
            if answer.status_code == httpx.codes.CONFLICT:
                answer = await self._http.post("/login", data=filled)
        except httpx.TransportError as error:
            raise ConnectionLost(f"no answer from {self._http.base_url}: {error}") from error
        if answer.status_code != httpx.codes.SEE_OTHER:
            raise Rejected(f"{answer.request.url.path} answered {answer.status_code}")

    async def open(self, path: str = "/rooms/1", *, within: float = 30.0) -> None:
        """Load the page of a room and wait for its first messages.

        Raises `Rejected` when there is no such room, `ConnectionLost` when there is no server.
        """
        await self.close_page()
        self._started.clear()
        try:
            page = await Page.open(self._http, path, self._on_event)
        except PageNotLoaded as error:
            raise Rejected(str(error)) from error
        self._page = page
        page.on_heartbeat(self._heartbeat)
        timeline = page.state.find("data-testid", "timeline")
        if timeline is None:
            raise Rejected(f"{path} shows no room")
        self.room, self.last, self._reported_seq = int(timeline["data-room"]), 0, 0
        self._reported_at, self._user_id = -READ_INTERVAL, int(timeline["data-me-id"])
        async with asyncio.timeout(within):
            await self._started.wait()

    async def reconnect(self) -> None:
        """Reconnect the open page, as a browser does, without asking for anything.

        Raises `ConnectionLost` when there is no page, no server, or the server has forgotten the
        page.
        """
        if self._page is None:
            raise ConnectionLost("no page is open")
        await self._page.connect(self._http)

    def drop(self) -> None:
        """Drop the connection of the open page without closing it."""
        if self._page is not None:
            self._page.drop()

    async def close_page(self) -> None:
        """Close the page; the session stays."""
        self._reading = None
        if self._page is not None:
            await self._page.close()
            self._page = None

    async def ask_older(self, before: int, *, within: float = 30.0) -> None:
        """Ask for the messages before a `seq`, and wait for them."""
        self._older.clear()
        await self.emit("load_older", {"room": self.room, "before": before})
        async with asyncio.timeout(within):
            await self._older.wait()

    async def send(self, text: str, *, within: float = 30.0) -> int:
        """Send a message to the open room and return its `seq` once it is stored.

        Raises `Rejected` with the server's reason, `ConnectionLost`, or `TimeoutError`; after the
        last two it stays in `unconfirmed`, since it may or may not be stored.
        """
        client_id = token_hex(16)
        self.unconfirmed[client_id] = text
        return await self._send(client_id, within)

    async def resend(self, *, within: float = 30.0) -> list[int]:
        """Send unconfirmed messages again, the oldest first; return their `seq`s."""
        return [await self._send(client_id, within) for client_id in list(self.unconfirmed)]

    async def send_file(self, content: bytes, name: str = "file.bin") -> int:
        """Send a file to the open room and return the `seq` of its message once it is stored.

        Raises `Rejected` and `ConnectionLost` as `send` does; it does not retry.
        """
        client_id = token_hex(16)
        address = f"/rooms/{self.room}/files"
        try:
            answer = await self._http.post(
                address, data={"id": client_id}, files={"file": (name, content)}
            )
        except httpx.TransportError as error:
            raise ConnectionLost(f"a file did not arrive: {error}") from error
        if answer.status_code != httpx.codes.CREATED:
            raise Rejected(answer.text)
        seq = int(answer.json()["seq"])
        self.confirmed[client_id] = seq
        return seq

    async def _send(self, client_id: str, within: float) -> int:
        if self._page is None:
            raise ConnectionLost("no page is open")
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._answers[client_id] = answer
        disconnected = asyncio.create_task(self._page.closed.wait())
        either: set[asyncio.Future[Any]] = {answer, disconnected}
        try:
            detail = {"room": self.room, "id": client_id, "text": self.unconfirmed[client_id]}
            await self.emit("send", detail)
            first = asyncio.FIRST_COMPLETED
            await asyncio.wait(either, timeout=within, return_when=first)
            if answer.done():
                return answer.result()
            raise ConnectionLost("the connection was lost") if disconnected.done() else TimeoutError
        finally:
            disconnected.cancel()
            del self._answers[client_id]

    async def emit(self, event: str, detail: Any) -> None:
        """Send an event, as in `chat_ui/realtime/protocol.py`. Raises `ConnectionLost`."""
        if self._page is None:
            raise ConnectionLost("no page is open")
        await self._page.emit(event, detail)

    async def _report_read(self) -> None:
        await asyncio.sleep(
            max(READ_DELAY, self._reported_at + READ_INTERVAL - time.perf_counter())
        )
        self._reported_at = time.perf_counter()
        self._reported_seq, self._reading = self.last, None
        await self.emit("read", {"room": self.room, "seq": self.last})

    def _heartbeat(self) -> str:
        if not (self.is_reading and self._is_large_room and self.last > self._reported_seq):
            return ""
        self._reported_seq = self.last
        return json.dumps({"room": self.room, "seq": self.last})

    def _on_event(self, event: str, data: Any) -> None:
        if event == "chat_messages" and data["how"] == "start":
            self._reported_seq = data["read"]
        if event == "chat_messages":
            if "crowd" in data:
                self._is_large_room = data["crowd"] > LARGE_ROOM
            self._receive(data["html"], data["room"] == self.room, data["how"])
        elif event == "chat_receipts":
            others = [seq for user, seq in data["read"] if user != self._user_id]
            self.read_by_all += [(seq, time.perf_counter()) for seq in others[:1]]
        elif event == "chat_send_refused":
            self.refused[data["id"]] = data["sentence"]
            answer = self._answers.get(data["id"])
            if answer is not None and not answer.done():
                self.unconfirmed.pop(data["id"], None)
                answer.set_exception(Rejected(data["sentence"]))

    def _receive(self, html: str, here: bool, how: str) -> None:
        at = time.perf_counter()
        for seq, author, client_id in _messages_in(html):
            self.received.append(Received(seq, author, client_id, how, at))
            if here and seq > self.last:
                self.last = seq
            if author == self.username:
                self.unconfirmed.pop(client_id, None)
                self.refused.pop(client_id, None)
                self.confirmed[client_id] = seq
                answer = self._answers.get(client_id)
                if answer is not None and not answer.done():
                    answer.set_result(seq)
        if how == "start":
            self._started.set()
        elif how == "older":
            self._older.set()
        if here:
            self._read()

    def start_reading(self) -> None:
        """Count messages as read from now on, including those that are there."""
        self.is_reading = True
        self._read()

    def _read(self) -> None:
        if not self.is_reading or self._is_large_room or self.last <= self._reported_seq:
            return
        if not self._reading and self._page:
            self._reading = self._page.run_in_background(self._report_read)
