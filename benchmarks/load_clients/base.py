"""What all crowds have in common: one says something, the others hear it, and when."""

import time
from abc import ABC, abstractmethod

from benchmarks.servers import Server

TEXT = "Message {}: the quick brown fox jumps over the lazy dog, again and again."


class LoadClients(ABC):
    """People in one room, and the server they are at."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.people = 0
        self.stride = 1
        """How far apart those are who speak one after the other, so that rooms take turns."""
        self._number = 0
        self._sent_at: dict[int, float] = {}
        self._deliveries: list[tuple[int, float]] = []

    @property
    def recipients(self) -> int:
        """How many are to hear what one of them says."""
        return self.people

    async def send(self, author: int | None = None) -> None:
        """Have one of them, or else the next, say something to all."""
        self._number += 1
        number = self._number
        self._sent_at[number] = time.perf_counter()
        await self._send(number * self.stride % self.people if author is None else author, number)

    def reset(self) -> None:
        """Forget what was heard so far."""
        self._deliveries.clear()

    def deliveries(self) -> int:
        """Return how many messages came to somebody since `begin`."""
        return len(self._deliveries)

    def delays(self) -> list[float]:
        """Return the seconds that each of them took, from Enter to the other page."""
        return [at - self._sent_at[number] for number, at in self._deliveries]

    def _record(self, number: int) -> None:
        """Note that a message has come to somebody."""
        self._deliveries.append((number, time.perf_counter()))

    @abstractmethod
    async def _send(self, author: int, number: int) -> None:
        """Have one of them say `TEXT` with this number."""

    @abstractmethod
    def disconnected(self) -> int:
        """Return how many of them the server has hung up on."""
