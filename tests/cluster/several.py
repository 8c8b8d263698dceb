"""Several processes of one chat on one database and one Redis, and pages of theirs."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from secrets import token_hex
from typing import Any, Self

import pytest
from msgspec import Struct
from pydantic import SecretStr
from sqlmodel import col, update

from benchmarks.page import Page, browser
from models import ScheduledMessage
from models.clock import now
from services import lifecycle
from services.accounts import accounts
from services.accounts.sessions import sessions
from services.accounts.sessions.sessions import LoggedIn
from services.core.dto import CurrentUser, Visitor
from services.db import database
from services.messages.scheduling import scheduled
from services.registration import registration
from services.registration.registration import RegistrationForm
from services.rooms import rooms
from tests.conftest import PASSWORD, add_member, cheap
from tests.redis_server import RedisServer
from tests.server import Server

WITHIN_SECONDS = 10.0
NOTHING_SECONDS = 1.0
"""How long to wait for what must not come."""
_numbers = count(1)


class Person(Struct, frozen=True):
    """A user, and a session of theirs."""

    viewer: CurrentUser
    token: str

    @property
    def user_id(self) -> int:
        """Their id."""
        return self.viewer.user_id

    @property
    def username(self) -> str:
        """Their name."""
        return self.viewer.username


class SeveralProcesses:
    """`python main.py`, several times; all are stopped at the end of the `with` block."""

    def __init__(self, data: Path, bus: RedisServer, processes: int = 2, **variables: str) -> None:
        self.data = data
        self.bus = bus
        self.admin: Person | None = None
        """Who registered first."""
        self.servers = [
            Server(data, CHAT_BUS=bus.url, **variables) for _process in range(processes)
        ]

    def __enter__(self) -> Self:
        with ThreadPoolExecutor() as threads:
            starting = [threads.submit(each.start) for each in self.servers]
        try:
            for each in starting:
                each.result()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        for each in self.servers:
            if hasattr(each, "process") and each.process.poll() is None:
                each.process.terminate()
        for each in self.servers:
            if hasattr(each, "process"):
                each.process.wait(timeout=20)

    def __getitem__(self, number: int) -> Server:
        return self.servers[number]

    @asynccontextmanager
    async def joined(self, **options: object) -> AsyncIterator[None]:
        """Have this process, with its services, be one more of them."""
        settings = cheap(self.data, bus=SecretStr(self.bus.url), **options)
        await lifecycle.startup(settings)
        try:
            yield
        finally:
            await lifecycle.shutdown()


async def register(name: str = "") -> Person:
    """Register somebody whom no other test knows."""
    number = next(_numbers)
    username = f"{name or 'somebody'}{number}{token_hex(3)}"
    visitor = Visitor(f"10.{number >> 8}.{number & 255}.1", "Chromium · Linux")
    logged_in = await registration.register(visitor, RegistrationForm(username, PASSWORD))
    viewer = await sessions.resume(logged_in.token)
    assert viewer is not None
    return Person(viewer, logged_in.token)


async def another_session(person: Person) -> CurrentUser:
    """Log in once more, on another device."""
    logged_in = await accounts.login(Visitor("10.9.9.9", "Firefox"), person.username, PASSWORD)
    assert isinstance(logged_in, LoggedIn)
    viewer = await sessions.resume(logged_in.token)
    assert viewer is not None
    return viewer


async def room_of(owner: Person, *others: Person) -> int:
    """Make a private room."""
    name = f"Room {token_hex(4)}"
    room = await rooms.create(owner.viewer, name=name, topic="", private=True)
    for other in others:
        await add_member(owner.viewer, room, other.username)
    return room


async def schedule_for_now(person: Person, room: int, text: str) -> None:
    """Schedule a message, and have its time come; only this process and the database know."""
    key, tomorrow = token_hex(16), now() + timedelta(days=1)
    await scheduled.schedule(person.viewer, room, text, key, tomorrow.isoformat())
    own = update(ScheduledMessage).where(col(ScheduledMessage.client_message_id) == key)
    await database.write(lambda session: session.exec(own.values(send_at=now())))


class Tab:
    """An open page, which keeps all that its server sends."""

    def __init__(self, server: Server, person: Person) -> None:
        self.person = person
        self._http = browser(server.address)
        self._http.cookies.set(f"chat-session-{server.port}", person.token)
        self._received: list[tuple[str, Any]] = []
        self._is_more = asyncio.Event()
        self._first = 0
        self.room = 0

    async def open(self, path: str) -> Self:
        """Load the page, and wait for the messages of the room that it shows, if it shows one."""
        self._page = await Page.open(self._http, path, self._on_event)
        timeline = self._page.state.find("data-testid", "timeline")
        if timeline is not None:
            self.room = int(timeline["data-room"])
            await self.until("chat_messages", lambda data: data["how"] in ("start", "open"))
        await self.until("chat_room_list")
        return self

    async def close(self) -> None:
        """Close it."""
        await self._page.close()
        await self._http.aclose()

    def _on_event(self, event: str, data: Any) -> None:
        self._received.append((event, data))
        self._is_more.set()

    @property
    def is_disconnected(self) -> bool:
        """Whether it has lost its connection."""
        return self._page.closed.is_set()

    async def until_disconnected(self, *, within: float = WITHIN_SECONDS) -> None:
        """Wait until it has lost its connection."""
        async with asyncio.timeout(within):
            await self._page.closed.wait()

    async def emit(self, event: str, **detail: Any) -> None:
        """Send an event, as in `chat_ui/realtime/protocol.py`."""
        await self._page.emit(event, detail)

    async def send(self, text: str) -> int:
        """Send a message to the room that it shows; return its number once it is stored."""
        number = token_hex(16)
        await self.emit("send", room=self.room, id=number, text=text)
        data = await self.until("chat_messages", lambda data: number in data["html"])
        own = data["html"].split(number)[0] + data["html"].split(number)[1]
        return seqs(own)[-1] if len(seqs(own)) == 1 else _seq_of(data["html"], number)

    def forget(self) -> None:
        """Look only at what comes from now on."""
        self._first = len(self._received)

    @property
    def received(self) -> list[tuple[str, Any]]:
        """What came since `forget`."""
        return self._received[self._first :]

    @property
    def everything(self) -> str:
        """The same as one text."""
        return json.dumps(self.received, ensure_ascii=False)

    def all(self, event: str, matches: Callable[[Any], bool] = lambda _data: True) -> list[Any]:
        """Return the data of each event of this name that came since `forget`."""
        return [data for name, data in self.received if name == event and matches(data)]

    async def until(
        self,
        event: str,
        matches: Callable[[Any], bool] = lambda _data: True,
        *,
        within: float = WITHIN_SECONDS,
    ) -> Any:
        """Wait for such an event, unless it is there since `forget`, and return its data."""
        await self.wait(lambda: bool(self.all(event, matches)), f"{event} has come", within=within)
        return self.all(event, matches)[0]

    async def until_shown(self, text: str, *, within: float = WITHIN_SECONDS) -> None:
        """Wait until something has come, since `forget`, that has this text in it."""
        await self.wait(lambda: text in self.everything, f"{text!r} has come", within=within)

    async def nothing(
        self,
        event: str,
        matches: Callable[[Any], bool] = lambda _data: True,
        *,
        within: float = NOTHING_SECONDS,
    ) -> None:
        """Wait for a while for such an event not to come."""
        with pytest.raises(AssertionError):
            await self.until(event, matches, within=within)

    async def wait(
        self, is_so: Callable[[], bool], what: str, *, within: float = WITHIN_SECONDS
    ) -> None:
        """Wait until something is so, which changes when events come."""
        try:
            async with asyncio.timeout(within):
                while not is_so():
                    self._is_more.clear()
                    await self._is_more.wait()
        except TimeoutError:
            names = [name for name, _data in self.received]
            raise AssertionError(f"not within {within} s: {what}; what came: {names}") from None


def seqs(html: str) -> list[int]:
    """Return the numbers of the messages in HTML, in order."""
    parts = html.split('data-seq="')[1:]
    return [int(each.partition('"')[0]) for each in parts]


def _seq_of(html: str, client_id: str) -> int:
    """Return the number of the message with this id."""
    [own] = [each for each in html.split("<article")[1:] if client_id in each]
    return seqs(own)[0]


class Tabs:
    """Opens pages, and closes them at the end."""

    def __init__(self) -> None:
        self._open: list[Tab] = []

    async def open(self, server: Server, person: Person, path: str) -> Tab:
        """Open a page of a process."""
        tab = await Tab(server, person).open(path)
        self._open.append(tab)
        return tab

    async def close(self) -> None:
        """Close those that are open."""
        while self._open:
            await self._open.pop().close()
