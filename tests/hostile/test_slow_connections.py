"""Connections that are too slow: uvicorn with our protocol class and much shorter deadlines."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import connect

from chat_ui.server.protocols import http_connection, open_connections
from chat_ui.server.protocols.http_connection import HttpConnection

SECONDS = 0.3
"""What all deadlines are here."""
GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer what was posted, or 64 MB; accept a websocket after a while."""
    if scope["type"] == "websocket":  # accepted after some checks of deadlines
        await receive()
        await asyncio.sleep(SECONDS / 2)
        await send({"type": "websocket.accept"})
        return
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message["body"]
        if not message["more_body"]:
            break
    else:
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(0 if body else 1_000):
        await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """The port of a server."""
    for name in ("HEAD_SECONDS", "BODY_SECONDS", "UNREAD_SECONDS"):
        monkeypatch.setattr(http_connection, name, SECONDS)
    monkeypatch.setattr(open_connections, "CHECK_SECONDS", 0.05)
    config = uvicorn.Config(app, port=0, http=HttpConnection, lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    watching = asyncio.create_task(http_connection.open_connections.watch())
    yield server.servers[0].sockets[0].getsockname()[1]
    watching.cancel()
    await server.shutdown()


async def exchange(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """Send the parts with a pause after each; return all that comes until the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = bytearray()
    receiving = asyncio.create_task(_receive(reader, received))
    for part in parts:
        if receiving.done():
            break
        writer.write(part)
        await asyncio.sleep(pause)
    await asyncio.wait_for(receiving, 20)
    writer.close()
    return bytes(received)


async def _receive(reader: asyncio.StreamReader, received: bytearray) -> None:
    with suppress(ConnectionResetError):  # it was closed before all that was sent was read
        while more := await reader.read(65536):
            received += more


async def test_a_silent_connection_is_closed(port: int) -> None:
    assert await exchange(port) == b""


async def test_a_head_has_to_arrive_in_time(port: int) -> None:
    answer = await exchange(port, GET)
    assert answer.startswith(b"HTTP/1.1 408 Request Timeout")
    assert answer.endswith(http_connection.TOO_SLOW.encode())


async def test_empty_lines_do_not_keep_a_connection(port: int) -> None:
    request = POST + b"x" * 100
    answer = await exchange(port, request, *[b"\r\n"] * 100, pause=SECONDS / 5)
    assert answer.count(b"HTTP/1.1 200 OK") == 1


async def test_a_body_has_to_arrive_in_time(port: int) -> None:
    assert (await exchange(port, POST + b"x" * 50)).startswith(b"HTTP/1.1 408 Request Timeout")


async def test_a_body_that_keeps_coming_is_taken(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_connection, "BODY_RATE", 1)
    parts = [b"x" * 20] * 5
    answer = await exchange(
        port, POST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), *parts, pause=SECONDS / 2
    )
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"x" * 100 in answer


async def test_what_follows_a_long_body_is_bounded_as_a_header_is(port: int) -> None:
    body = b"x" * 10**6
    posted = GET.replace(b"GET", b"POST") + b"Content-Length: %d\r\n\r\n" % len(body) + body
    answer = await exchange(port, posted, GET + b"X: " + b"x" * 100_000, pause=SECONDS / 2)
    assert answer.count(body) == 1
    assert answer.count(b"HTTP/1.1 431 ") == 1


async def test_an_answer_that_nobody_takes_is_given_up(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(GET + b"\r\n")
        while not (opened := tuple(http_connection.open_connections._keys)):
            await asyncio.sleep(0.01)
        async with asyncio.timeout(20):
            while not opened[0].transport.is_closing():
                await asyncio.sleep(0.05)


async def test_a_websocket_has_time_until_it_is_accepted(port: int) -> None:
    async with connect(f"ws://127.0.0.1:{port}/"):
        pass
