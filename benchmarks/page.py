"""An open NiceGUI page: loaded, connected, and acknowledging what it receives."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import httpx

from benchmarks.page_html import PageState
from benchmarks.socketio_client import ConnectionLost, EventHandler, SocketIOClient

ACK_EVERY = 3.0
"""Seconds between NiceGUI's acknowledgements of what it received."""


class PageNotLoaded(Exception):
    """The server answered with something other than a page."""


def browser(server: str) -> httpx.AsyncClient:
    """Return an HTTP client for `server` (http://host:port) that keeps its cookies."""
    # Plain HTTP: creating a TLS context for each of hundreds would cost more than the rest.
    return httpx.AsyncClient(
        base_url=server, headers={"Origin": server}, verify=False, trust_env=False, timeout=30
    )


class Page:
    """One open page. Events from its server also go to `on_event`."""

    def __init__(self, state: PageState, on_event: EventHandler) -> None:
        self.state = state
        self._connection: SocketIOClient
        self._handler = on_event
        self._heartbeat: Callable[[], str] = str
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(cls, http: httpx.AsyncClient, path: str, on_event: EventHandler) -> "Page":
        """Load `path` and connect its websocket.

        Raises `PageNotLoaded` when that is not a page, `ConnectionLost` when there is no server.
        """
        try:
            answer = await http.get(path)
        except httpx.TransportError as error:
            raise ConnectionLost(f"no page from {http.base_url}: {error}") from error
        if answer.status_code != httpx.codes.OK:
            raise PageNotLoaded(f"{path} answered {answer.status_code}")
        page = cls(PageState(answer.text), on_event)
        await page.connect(http)
        return page

    async def connect(self, http: httpx.AsyncClient) -> None:
        """Connect its websocket, or replace it. Raises `ConnectionLost` when that fails."""
        cookies = "; ".join(f"{each.name}={each.value}" for each in http.cookies.jar)
        address = self.state.address(str(http.base_url).rstrip("/"))
        self._connection = await SocketIOClient.open(address, self._on_event, {"Cookie": cookies})
        self._connection.heartbeat = self._heartbeat
        self.run_in_background(self._acknowledge)

    def drop(self) -> None:
        """Drop the connection, as when a cable is pulled: without a close frame."""
        self._connection.drop()

    @property
    def closed(self) -> asyncio.Event:
        """Set once the connection is down."""
        return self._connection.closed

    def on_heartbeat(self, payload: Callable[[], str]) -> None:
        """Send the result of `payload` with each heartbeat."""
        self._connection.heartbeat = self._heartbeat = payload

    @property
    def characters_received(self) -> int:
        """How many characters arrived on the websocket."""
        return self._connection.characters_received

    async def emit(self, event: str, detail: Any) -> None:
        """Send an event of the page, as `sendToServer` in chat_ui/realtime/connection.js does."""
        message = {"event": event, "detail": detail}
        await self.trigger("data-frame", True, "client_event", {"detail": message})

    async def trigger(self, prop: str, value: object, kind: str, argument: Any) -> None:
        """Trigger an event on the element whose property `prop` is `value`."""
        await self._connection.emit("event", self.state.event(prop, value, kind, argument))

    def run_in_background(self, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        """Run something in the background for as long as the page is open."""

        async def until_lost() -> None:
            with suppress(ConnectionLost):
                await work()

        task = asyncio.create_task(until_lost())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Close the page."""
        for task in list(self._tasks):
            task.cancel()
        await self._connection.close()

    def _on_event(self, event: str, data: Any) -> None:
        if isinstance(data, dict) and "_id" in data:
            self.state.next_message_id = data["_id"] + 1
            if event == "update":
                self.state.update({each: data[each] for each in data if each != "_id"})
        self._handler(event, data)

    async def _acknowledge(self) -> None:
        acknowledged = -1
        while True:
            await asyncio.sleep(ACK_EVERY)
            received = self.state.next_message_id
            if received > acknowledged:
                acknowledged = received
                news = {"client_id": self.state.client_id, "next_message_id": received}
                await self._connection.emit("ack", news)
