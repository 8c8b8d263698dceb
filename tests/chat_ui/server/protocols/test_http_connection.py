"""HTTP connections: a closed one leaves nothing for the garbage collector."""

import asyncio
from weakref import WeakSet

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import connect

from chat_ui.server.protocols.http_connection import HttpConnection
from tests.chat_ui.server.protocols.serving import serving

connections: WeakSet[HttpConnection] = WeakSet()
"""Those that are in memory."""


@pytest.fixture(autouse=True)
def noted(monkeypatch: pytest.MonkeyPatch) -> None:
    made = HttpConnection.connection_made

    def note(connection: HttpConnection, transport: asyncio.Transport) -> None:
        connections.add(connection)
        made(connection, transport)

    monkeypatch.setattr(HttpConnection, "connection_made", note)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await PlainTextResponse("hello")(scope, receive, send)
    else:
        await receive()
        await send({"type": "websocket.accept"})
        await receive()


async def freed() -> bool:
    async with asyncio.timeout(10):
        while connections:
            await asyncio.sleep(0.01)
    return True


@pytest.mark.usefixtures("no_garbage_collector")
async def test_a_closed_connection_is_freed_at_once() -> None:
    async with serving(app) as where:
        async with httpx.AsyncClient() as browser:
            assert (await browser.get(f"http://{where}/")).text == "hello"
            assert (await browser.get(f"http://{where}/")).text == "hello"
            assert len(connections) == 1
        assert await freed()


@pytest.mark.usefixtures("no_garbage_collector")
async def test_a_connection_that_became_a_websocket_is_freed_at_once() -> None:
    async with serving(app) as where:
        async with connect(f"ws://{where}/"):
            pass
        assert await freed()
