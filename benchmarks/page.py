"""A page of NiceGUI's that is open: loaded, connected, and saying what it received."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import httpx

from benchmarks.page_html import Paper
from benchmarks.socketio_client import Hear, Line, Lost

ACK_EVERY = 3.0
"""Seconds after which NiceGUI's script says what it has received."""


class NoPage(Exception):
    """The server answered with something else than a page."""


def browser(server: str) -> httpx.AsyncClient:
    """Return what loads pages from `server` (http://host:port) and keeps its cookies."""
    # Plain HTTP, so no TLS: making a context for each of hundreds costs more than the rest.
    return httpx.AsyncClient(
        base_url=server, headers={"Origin": server}, verify=False, trust_env=False, timeout=30
    )


class Page:
    """One open page. What its server says goes to `hear`, too."""

    def __init__(self, paper: Paper, hear: Hear) -> None:
        self.paper = paper
        self._line: Line
        self._hear_more = hear
        self._heartbeat: Callable[[], str] = str
        self._chores: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(cls, http: httpx.AsyncClient, path: str, hear: Hear) -> "Page":
        """Load `path` and connect its websocket.

        Raises `NoPage` when that is no page, `Lost` when there is no server.
        """
        try:
            answer = await http.get(path)
        except httpx.TransportError as error:
            raise Lost(f"no page from {http.base_url}: {error}") from error
        if answer.status_code != httpx.codes.OK:
            raise NoPage(f"{path} answered {answer.status_code}")
        page = cls(Paper(answer.text), hear)
        await page.connect(http)
        return page

    async def connect(self, http: httpx.AsyncClient) -> None:
        """Connect its websocket, or another in its place. Raises `Lost` when that fails."""
        cookies = "; ".join(f"{each.name}={each.value}" for each in http.cookies.jar)
        address = self.paper.address(str(http.base_url).rstrip("/"))
        self._line = await Line.open(address, self._hear, {"Cookie": cookies})
        self._line.heartbeat = self._heartbeat
        self.keep(self._acknowledge)

    def cut(self) -> None:
        """Lose the line, as when a cable is pulled: nobody says good-bye."""
        self._line.cut()

    @property
    def closed(self) -> asyncio.Event:
        """Set once the line is down."""
        return self._line.closed

    def on_heartbeat(self, say: Callable[[], str]) -> None:
        """Have `say` tell what goes with each heartbeat."""
        self._line.heartbeat = self._heartbeat = say

    @property
    def heard(self) -> int:
        """How many characters came over the websocket."""
        return self._line.heard

    async def say(self, event: str, detail: Any) -> None:
        """Say something as `tellPage` in chat_ui/components/dom.js does."""
        said = {"event": event, "detail": detail}
        await self.happen("data-frame", True, "say", {"detail": said})

    async def happen(self, prop: str, value: object, kind: str, argument: Any) -> None:
        """Have an event happen at the element whose property `prop` is `value`."""
        await self._line.emit("event", self.paper.event(prop, value, kind, argument))

    def keep(self, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        """Do something in the background for as long as the page is open."""

        async def until_lost() -> None:
            with suppress(Lost):
                await work()

        chore = asyncio.create_task(until_lost())
        self._chores.add(chore)
        chore.add_done_callback(self._chores.discard)
        return chore

    async def close(self) -> None:
        """Close the page."""
        for chore in list(self._chores):
            chore.cancel()
        await self._line.close()

    def _hear(self, event: str, data: Any) -> None:
        if isinstance(data, dict) and "_id" in data:
            self.paper.next_message_id = data.pop("_id") + 1
            if event == "update":
                self.paper.update(data)
        self._hear_more(event, data)

    async def _acknowledge(self) -> None:
        said = -1
        while True:
            await asyncio.sleep(ACK_EVERY)
            upto = self.paper.next_message_id
            if upto > said:
                said = upto
                news = {"client_id": self.paper.client_id, "next_message_id": upto}
                await self._line.emit("ack", news)
