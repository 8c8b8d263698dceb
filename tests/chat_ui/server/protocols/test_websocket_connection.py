"""The budget of processor time of a websocket: uvicorn with our protocol classes."""

import asyncio
import gc
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from weakref import WeakSet

import pytest
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import connect

from chat_ui.server.protocols.websocket_connection import WebSocketConnection
from services.core.dto import CurrentUser
from tests.chat_ui.server.protocols.serving import serving

COSTLY = "costly"
"""What takes a second of processor time, all that a user has for the next 18 seconds."""

connections: WeakSet[WebSocketConnection] = WeakSet()
"""Those that are in memory."""


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Recognise the user whose id is in the path, and send back what they send."""
    connection = scope["state"]["connection"]
    connections.add(connection)
    user_id = int(scope["path"].strip("/"))
    connection.recognise(
        CurrentUser(user_id, "asha", "Asha", 0, "", "light", False, 1, datetime.now(UTC))
    )
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        if message["text"] == COSTLY:
            connection._budget.spend(1.0)
        await send({"type": "websocket.send", "text": message["text"]})


@pytest.fixture
async def address() -> AsyncIterator[str]:
    """The address of a server."""
    async with serving(app) as where:
        yield f"ws://{where}"


async def test_who_has_spent_their_budget_has_no_other_after_reconnecting(address: str) -> None:
    async with connect(f"{address}/1") as first:
        await first.send(COSTLY)
        assert await first.recv() == COSTLY
        first.transport.abort()  # at once: the server would not read that it is closed
    while connections:
        await asyncio.sleep(0.01)
        gc.collect()
    async with (
        connect(f"{address}/1", close_timeout=0.1) as again,
        connect(f"{address}/2", close_timeout=0.1) as other,
    ):
        await again.send("hello")
        await other.send("hello")
        assert await other.recv() == "hello"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(again.recv(), 0.5)
