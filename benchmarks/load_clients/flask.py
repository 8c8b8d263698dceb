"""People at Flask-SocketIO's: of the bare broadcast, and of the paper's stack."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from benchmarks.load_clients.crowd import TEXT, Crowd
from benchmarks.servers import Server
from benchmarks.socketio_client import Line


class FlaskCrowd(Crowd):
    """People at the paper's stack: what they say is stored, and sent to all as it is."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._lines: list[Line] = []

    async def gather(self, stack: AsyncExitStack, people: int) -> None:
        """Open this many connections; `stack` closes them."""
        url = f"ws://127.0.0.1:{self.server.port}/socket.io/?EIO=4&transport=websocket"
        stack.push_async_callback(self._leave)
        for _number in range(people):
            self._lines.append(await Line.open(url, self._listen))
        self.people = people

    def hung_up(self) -> int:
        """Return how many connections are down."""
        return sum(line.closed.is_set() for line in self._lines)

    async def _say(self, author: int, number: int) -> None:
        await self._lines[author].emit("message", self._message(number))

    def _message(self, number: int) -> dict[str, Any]:
        return {"number": number, "username": "somebody", "text": TEXT.format(number)}

    def _listen(self, _event: str, data: Any) -> None:
        self._hear(data["number"])

    async def _leave(self) -> None:
        await asyncio.gather(*(line.close() for line in self._lines))


class BareCrowd(FlaskCrowd):
    """People at the bare broadcast, whose messages are as long as ours are on the wire."""

    def __init__(self, server: Server, frame_length: int) -> None:
        super().__init__(server)
        self._padding = "x" * (frame_length - len('42["message",{"number": 100, "html": ""}]'))

    def _message(self, number: int) -> dict[str, Any]:
        return {"number": number, "html": self._padding}
