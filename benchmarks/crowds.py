"""A room full of people: of ours, and of Flask-SocketIO's."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any, Protocol

from benchmarks.client import Person
from benchmarks.line import Line
from benchmarks.seeding import Seeded
from benchmarks.servers import Server

TEXT = "Message {}: the quick brown fox jumps over the lazy dog, again and again."


class Crowd(Protocol):
    """People in one room, and the server they are at."""

    server: Server
    people: int

    async def say(self, number: int) -> None:
        """Have one of them say something to all."""

    def deliveries(self) -> int:
        """Return how many messages came to somebody so far."""

    def hung_up(self) -> int:
        """Return how many of them the server has hung up on."""


class ChatCrowd:
    """People who look at a room of the chat, and so say what they have read."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.people = 0
        self._persons: list[Person] = []

    async def gather(self, stack: AsyncExitStack, seeded: Seeded, room: int) -> None:
        """Open a page of `room` for everybody; `stack` closes them."""
        for name, token in seeded.sessions.items():
            person = Person(self.server.address, name, session=token)
            await stack.enter_async_context(person)
            await person.open(f"/rooms/{room}")
            self._persons.append(person)
        self.people = len(self._persons)

    async def say(self, number: int) -> None:
        """Have one of them send a message; it is stored when this returns."""
        await self._persons[number % self.people].send(TEXT.format(number))

    def deliveries(self) -> int:
        """Return how many messages came live to somebody so far."""
        return sum(len(person.received) for person in self._persons)

    def hung_up(self) -> int:
        """Return how many pages have lost their server."""
        return sum(person.lost for person in self._persons)

    def look_away(self) -> None:
        """Have everybody look at something else, with the page still open."""
        for person in self._persons:
            person.reads = False

    async def look_within(self, seconds: float) -> None:
        """Have everybody look at the page again, one after the other."""
        for person in self._persons:
            person.look()
            await asyncio.sleep(seconds / self.people)

    def is_read_by_all(self, author: int) -> bool:
        """Tell whether one of them was told that all others have read what there is."""
        person = self._persons[author]
        return any(seq >= person.last for seq, _at in person.read_by_all)

    async def frame_length(self) -> int:
        """Return how many characters one message is on the wire."""
        listener = self._persons[1]
        before, arrived = listener.heard, len(listener.received)
        await self.say(0)
        await asyncio.sleep(1)
        if len(listener.received) != arrived + 1:
            raise RuntimeError("one message did not come as one frame")
        return listener.heard - before


class FlaskCrowd:
    """Connections to a bare broadcast."""

    def __init__(self, server: Server, frame_length: int) -> None:
        self.server = server
        self.people = 0
        self._heard = 0
        self._lines: list[Line] = []
        padding = frame_length - len('42["message",{"html": ""}]')
        self._message = {"html": "x" * padding}

    async def gather(self, stack: AsyncExitStack, people: int) -> None:
        """Open this many connections; `stack` closes them."""
        url = f"ws://127.0.0.1:{self.server.port}/socket.io/?EIO=4&transport=websocket"
        stack.push_async_callback(self._leave)
        for _number in range(people):
            self._lines.append(await Line.open(url, self._hear))
        self.people = people

    async def say(self, number: int) -> None:
        """Have one of them say something."""
        await self._lines[number % self.people].emit("message", self._message)

    def deliveries(self) -> int:
        """Return how many messages came to somebody so far."""
        return self._heard

    def hung_up(self) -> int:
        """Return how many connections are down."""
        return sum(line.closed.is_set() for line in self._lines)

    async def _leave(self) -> None:
        await asyncio.gather(*(line.close() for line in self._lines))

    def _hear(self, event: str, _data: Any) -> None:
        self._heard += event == "message"
