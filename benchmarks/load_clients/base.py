"""What all load clients have in common: one sends a message, the others receive it, and when."""

import time
from abc import ABC, abstractmethod

from benchmarks.servers import Server

TEXT = "Message {}: the quick brown fox jumps over the lazy dog, again and again."


class LoadClients(ABC):
    """The clients in one room, and their server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.people = 0
        self.stride = 1
        """The step from one sender to the next, so that rooms take turns."""
        self._number = 0
        self._sent_at: dict[int, float] = {}
        self._deliveries: list[tuple[int, float]] = []

    @property
    def recipients(self) -> int:
        """How many clients receive each message."""
        return self.people

    async def send(self, author: int | None = None) -> None:
        """Send a message from one client, by default the next."""
        self._number += 1
        number = self._number
        self._sent_at[number] = time.perf_counter()
        await self._send(number * self.stride % self.people if author is None else author, number)

    def cpu(self) -> float:
        """Return the seconds of CPU time that the server has used."""
        return self.server.cpu()

    def reset(self) -> None:
        """Forget all deliveries so far."""
        self._deliveries.clear()

    def deliveries(self) -> int:
        """Return the deliveries since `reset`."""
        return len(self._deliveries)

    def delays(self) -> list[float]:
        """Return the seconds that each delivery took, from Enter to the other page."""
        return [at - self._sent_at[number] for number, at in self._deliveries]

    def _record(self, number: int) -> None:
        """Note a delivery."""
        self._deliveries.append((number, time.perf_counter()))

    @abstractmethod
    async def _send(self, author: int, number: int) -> None:
        """Send `TEXT` with this number."""

    @abstractmethod
    def disconnected(self) -> int:
        """Return how many clients have lost their connection."""
