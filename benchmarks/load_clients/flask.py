"""Clients of Flask-SocketIO: of the bare broadcast, and of the paper's stack."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from benchmarks.load_clients.base import TEXT, LoadClients
from benchmarks.servers import Server
from benchmarks.socketio_client import SocketIOClient


class FlaskClients(LoadClients):
    """Clients of the paper's stack: a message is stored, and sent to all as it is."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._connections: list[SocketIOClient] = []

    async def connect(self, stack: AsyncExitStack, people: int) -> None:
        """Open this many connections; `stack` closes them."""
        url = f"ws://127.0.0.1:{self.server.port}/socket.io/?EIO=4&transport=websocket"
        stack.push_async_callback(self._disconnect)
        for _number in range(people):
            self._connections.append(await SocketIOClient.open(url, self._on_event))
        self.people = people

    def disconnected(self) -> int:
        """Return how many connections are down."""
        return sum(connection.closed.is_set() for connection in self._connections)

    async def _send(self, author: int, number: int) -> None:
        await self._connections[author].emit("message", self._message(number))

    def _message(self, number: int) -> dict[str, Any]:
        return {"number": number, "username": "somebody", "text": TEXT.format(number)}

    def _on_event(self, _event: str, data: Any) -> None:
        self._record(data["number"])

    async def _disconnect(self) -> None:
        await asyncio.gather(*(connection.close() for connection in self._connections))


class BareClients(FlaskClients):
    """Clients of the bare broadcast, with messages as long as ours on the wire."""

    def __init__(self, server: Server, frame_length: int) -> None:
        super().__init__(server)
        self._padding = "x" * (frame_length - len('42["message",{"number": 100, "html": ""}]'))

    def _message(self, number: int) -> dict[str, Any]:
        return {"number": number, "html": self._padding}
