"""People who look at rooms of our chat, and so say what they have read."""

import asyncio
import time
from collections.abc import Collection
from contextlib import AsyncExitStack

from benchmarks.client import ChatClient
from benchmarks.load_clients.base import TEXT, LoadClients
from benchmarks.servers import Server


class ChatClients(LoadClients):
    """Each has a page open; what they hear is taken from what their pages received."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._persons: list[ChatClient] = []
        self._sent_by_seq: dict[tuple[int, int], float] = {}
        """When each message was sent, by its room and `seq`."""
        self._recipients = 0

    @property
    def recipients(self) -> int:
        """How many are to hear what one of them says."""
        return self._recipients

    async def connect(
        self, stack: AsyncExitStack, sessions: Collection[tuple[str, str]], room: int
    ) -> None:
        """Open a page of `room` for each name and session; `stack` closes them.

        It may be called for one room after the other, with as many people for each.
        """
        self._recipients = len(sessions)
        for name, token in sessions:
            person = ChatClient(self.server.address, name, session=token)
            await stack.enter_async_context(person)
            await person.open(f"/rooms/{room}")
            self._persons.append(person)
        self.people = len(self._persons)

    async def _send(self, author: int, number: int) -> None:
        """Have one of them send a message; it is stored when this returns."""
        person, began = self._persons[author], time.perf_counter()
        seq = await person.send(TEXT.format(number))
        self._sent_by_seq[person.room, seq] = began

    def reset(self) -> None:
        """Forget what was heard so far."""
        for person in self._persons:
            person.received.clear()

    def deliveries(self) -> int:
        """Return how many messages came live to somebody since `begin`."""
        return sum(len(person.received) for person in self._persons)

    def delays(self) -> list[float]:
        """Return the seconds that each of them took, from Enter to the other pages."""
        return [
            came.at - self._sent_by_seq[person.room, came.seq]
            for person in self._persons
            for came in person.received
            if came.author != person.username
        ]

    def disconnected(self) -> int:
        """Return how many pages have lost their server."""
        return sum(person.is_disconnected for person in self._persons)

    def stop_reading(self) -> None:
        """Have everybody look at something else, with the page still open."""
        for person in self._persons:
            person.is_reading = False

    async def read_within(self, seconds: float) -> None:
        """Have everybody look at the page again, one after the other."""
        for person in self._persons:
            person.start_reading()
            await asyncio.sleep(seconds / self.people)

    def is_read_by_all(self, author: int) -> bool:
        """Tell whether one of them was told that all others have read what there is."""
        person = self._persons[author]
        return any(seq >= person.last for seq, _at in person.read_by_all)

    async def frame_length(self) -> int:
        """Return how many characters one message is on the wire."""
        listener = self._persons[1]
        before, arrived = listener.characters_received, len(listener.received)
        await self.send()
        await asyncio.sleep(1)
        if len(listener.received) != arrived + 1:
            raise RuntimeError("one message did not come as one frame")
        return listener.characters_received - before
