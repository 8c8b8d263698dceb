"""A client that never gives up: it reconnects, catches up, and sends again.

It does what `connection.js`, `timeline.js` and `outbox.js` do, only sooner: a browser waits half a
minute for an answer before it sends again.
"""

import asyncio
import random
import time
from secrets import token_hex
from typing import Any

from benchmarks.chaos.oracle import require
from benchmarks.client import ChatClient, Received, Rejected
from benchmarks.socketio_client import ConnectionLost

ANSWER_TIMEOUT = 3.0
POLL_INTERVAL = 0.5


class RetryingClient(ChatClient):
    """A client that stays in the room, whatever happens to its connection."""

    def __init__(self, server: str, username: str, *, session: str = "", port: int = 0) -> None:
        super().__init__(server, username, session=session, port=port)
        self.timeline: dict[int, str] = {}
        """The messages shown: their ids by their numbers."""
        self.errors: set[str] = set()
        """The reasons with which messages were refused; each message is tried again."""
        self.connections = 0
        self.answer_seconds = ANSWER_TIMEOUT
        """After how many seconds without an answer a message is sent again."""
        self.retry_seconds = 0.05, 0.5
        """The least and the most seconds between two attempts to connect."""
        self.timeout_seconds = 4.0
        """Seconds in which a connection must be established."""
        self.ready = False
        """Whether the page has caught up with the room."""
        self._has_gap = False
        self._begins = 1
        """The number of the first message shown, or of the first that there will be."""
        self._early: list[Received] = []
        """Live messages that arrived before the page had caught up."""
        self._sent_at: dict[str, float] = {}
        self._caught_up_at = 0.0
        self._random = random.Random(username)
        self._is_outdated = True

    async def keep_connected(self) -> None:
        """Stay in the room until cancelled."""
        while True:
            try:
                if not self.connections or self.is_disconnected or self._is_outdated:
                    await self.connect()
                await self._retry()
            except (ConnectionLost, Rejected, TimeoutError):
                pass
            # As Socket.IO does: all at once would be a flood.
            await asyncio.sleep(self._random.uniform(*self.retry_seconds))

    async def enqueue(self, text: str) -> None:
        """Send a message, now or after reconnecting."""
        client_id = token_hex(16)
        self.unconfirmed[client_id] = text
        if self.ready and not self.is_disconnected:
            await self._transmit(client_id)

    @property
    def newest(self) -> int:
        """The number up to which every message is shown."""
        seq = self._begins - 1
        while seq + 1 in self.timeline:
            seq += 1
        return seq

    async def connect(self) -> None:
        """Open or reconnect the page. Raises `ConnectionLost`, `Rejected` and `TimeoutError`."""
        self.connections += 1
        self.ready = False
        async with asyncio.timeout(self.timeout_seconds):
            if self._is_outdated:
                await self.open()
                self._is_outdated = False
                return
            try:
                await self.reconnect()
            except ConnectionLost as error:
                # The server has forgotten the page: then a browser reloads it.
                self._is_outdated = "answered 44" in str(error)
                raise
        await self._catch_up()

    async def _retry(self) -> None:
        """Ask again for what did not arrive, until the connection is lost."""
        while not self.is_disconnected and not self._is_outdated:
            now = time.monotonic()
            if (not self.ready or self._has_gap) and now - self._caught_up_at > ANSWER_TIMEOUT:
                await self._catch_up()
            if self.ready:
                for client_id in list(self.unconfirmed):
                    sent_at = self._sent_at.get(client_id)
                    if sent_at is None or now - sent_at >= self.answer_seconds:
                        await self._transmit(client_id)
            await asyncio.sleep(POLL_INTERVAL)

    async def _catch_up(self) -> None:
        self._caught_up_at = time.monotonic()
        first = min(self.timeline, default=0)
        await self.emit("catch_up", {"room": self.room, "first": first, "last": self.newest})

    async def _transmit(self, client_id: str) -> None:
        text = self.unconfirmed.get(client_id)
        if text is not None:  # the answer may have just arrived
            self._sent_at[client_id] = time.monotonic()
            await self.emit("send", {"room": self.room, "id": client_id, "text": text})

    def _on_event(self, event: str, data: Any) -> None:
        before = len(self.received)
        super()._on_event(event, data)
        if event == "chat_messages" and data["room"] == self.room:
            self._show(data["how"], before, rest=bool(data.get("rest")))
        elif event == "chat_send_refused":
            self.errors.add(data["sentence"])
        elif event == "run_javascript" and "location.reload" in data.get("code", ""):
            self._is_outdated = True

    def _show(self, how: str, before: int, *, rest: bool) -> None:
        """Insert messages in order, as `receive` in chat_ui/rooms/timeline/timeline.js does."""
        arrived = self.received[before:]
        if how == "live" and not self.ready:
            self._early += arrived
            return
        newest = max(self.timeline, default=0)
        if how == "start":
            is_news = any(each.seq > newest for each in arrived)
            if self.ready and not self._has_gap and not is_news:
                return  # an answer to a second request
            self.timeline.clear()
            self._begins = min((each.seq for each in arrived), default=1)
        if how in {"start", "add"}:
            self.ready = not rest
        if self.ready:
            arrived, self._early = arrived + self._early, []
        for each in arrived:
            if each.seq < self._begins:  # it comes with the older ones
                continue
            shown = self.timeline.setdefault(each.seq, each.client_id)
            two = f"{self.username} was shown two messages with the number {each.seq}"
            require(shown == each.client_id, two)
        self._has_gap = self.newest < max(newest, *self.timeline, 0)
        if (rest or self._has_gap) and self._page is not None:
            self._page.run_in_background(self._catch_up)
