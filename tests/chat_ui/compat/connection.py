"""One WebSocket connection, served by uvicorn, with a browser at its other end."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from engineio.async_socket import AsyncSocket
from nicegui import core
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from websockets.asyncio.client import ClientConnection, connect

from chat_ui.compat import backpressure, socket_guard, websocket_transport
from chat_ui.server.protocols.http_connection import HttpConnection
from tests.server import free_port


def install(monkeypatch: pytest.MonkeyPatch, *, is_plain: bool) -> None:
    """Install what safety rests on; the rest is as Engine.IO has it, or as we do."""
    monkeypatch.setattr(AsyncSocket, "_upgrade_websocket", socket_guard._upgrade_websocket)
    monkeypatch.setattr(AsyncSocket, "receive", socket_guard._receive_packet)
    monkeypatch.setattr(AsyncSocket, "send", backpressure._send_bounded)
    handler = websocket_transport._plain if is_plain else websocket_transport._serve
    monkeypatch.setattr(AsyncSocket, "_websocket_handler", handler)


def in_memory() -> set[int]:
    """Return the addresses of all connections that are in memory, open or not."""
    kinds = (HttpToolsProtocol, WSProtocol)  # and subclasses of ours
    return {id(each) for each in gc.get_objects() if issubclass(type(each), kinds)}


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[AsyncSocket, ClientConnection]]:
    """A connection, served by uvicorn itself, and the browser at its other end."""
    connection = AsyncSocket(core.sio.eio, "a connection")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] = {}
        receive = socket_guard.watch(scope, receive, send)
        asgi = await core.sio.eio._async["translate_request"](scope, receive, send)
        await connection._upgrade_websocket(asgi)

    port = free_port()
    config = uvicorn.Config(
        app,
        port=port,
        http=HttpConnection,
        ws="wsproto",
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        log_level="warning",
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        address = f"ws://127.0.0.1:{port}"
        async with connect(address, compression=None, max_queue=1, max_size=None) as browser:
            while connection not in socket_guard.transports or not connection.upgraded:
                await asyncio.sleep(0.01)
            yield connection, browser
    finally:
        server.should_exit = True
        await serving
        socket_guard.transports.pop(connection, None)
