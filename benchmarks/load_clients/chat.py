"""Clients of our chat, which report what they have read."""

import asyncio
import time
from collections.abc import Collection
from contextlib import AsyncExitStack

from benchmarks.client import ChatClient
from benchmarks.load_clients.base import TEXT, LoadClients
from benchmarks.servers import Server


class ChatClients(LoadClients):
    """Clients with an open page each; deliveries are counted from what the pages received."""

    def __init__(self, *servers: Server) -> None:
        """Use one server, or several that together are one chat: each gets as many pages."""
        super().__init__(servers[0])
        self._servers = servers
        self._users: list[ChatClient] = []
        self._process: dict[str, int] = {}
        """By name: which of the servers has their page."""
        self._sent_by_seq: dict[tuple[int, int], float] = {}
        """By room and `seq`: when each message was sent."""
        self._recipients = 0

    @property
    def recipients(self) -> int:
        """How many clients receive each message."""
        return self._recipients

    async def connect(
        self, stack: AsyncExitStack, sessions: Collection[tuple[str, str]], room: int
    ) -> None:
        """Open a page of `room` for each name and session; `stack` closes them.

        It may be called for several rooms, with the same number of people for each.
        """
        self._recipients = len(sessions)
        for name, token in sessions:
            process = self._process[name] = len(self._users) % len(self._servers)
            person = ChatClient(self._servers[process].address, name, session=token)
            await stack.enter_async_context(person)
            await person.open(f"/rooms/{room}")
            self._users.append(person)
        self.people = len(self._users)

    async def _send(self, author: int, number: int) -> None:
        """Send a message; it is stored when this returns."""
        person, began = self._users[author], time.perf_counter()
        seq = await person.send(TEXT.format(number))
        self._sent_by_seq[person.room, seq] = began

    def reset(self) -> None:
        """Forget all deliveries so far."""
        for person in self._users:
            person.received.clear()

    def deliveries(self) -> int:
        """Return the deliveries since `reset`."""
        return sum(len(person.received) for person in self._users)

    def delays(self) -> list[float]:
        """Return the seconds that each delivery took, from Enter to the other pages.

        With several servers these are the pages on another server than the author's.
        """
        is_one = len(self._servers) == 1
        return [
            came.at - self._sent_by_seq[person.room, came.seq]
            for person in self._users
            for came in person.received
            if came.author != person.username
            and (is_one or self._process[came.author] != self._process[person.username])
        ]

    def cpu(self) -> float:
        """Return the seconds of CPU time that all servers have used."""
        return sum(server.cpu() for server in self._servers)

    def disconnected(self) -> int:
        """Return how many pages have lost their connection."""
        return sum(person.is_disconnected for person in self._users)

    def stop_reading(self) -> None:
        """Keep the pages open, but do not count messages as read."""
        for person in self._users:
            person.is_reading = False

    async def read_within(self, seconds: float) -> None:
        """Start reading on all pages, one after the other."""
        for person in self._users:
            person.start_reading()
            await asyncio.sleep(seconds / self.people)

    def is_read_by_all(self, author: int) -> bool:
        """Return whether this author was told that all others have read everything."""
        person = self._users[author]
        return any(seq >= person.last for seq, _at in person.read_by_all)

    async def frame_length(self) -> int:
        """Return how many characters one message has on the wire."""
        listener = self._users[1]
        before, arrived = listener.characters_received, len(listener.received)
        await self.send()
        await asyncio.sleep(1)
        if len(listener.received) != arrived + 1:
            raise RuntimeError("one message did not arrive as one frame")
        return listener.characters_received - before
