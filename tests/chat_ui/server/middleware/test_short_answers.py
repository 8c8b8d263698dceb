"""Short answers to apps are written as a whole, and say the same as any other."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from chat_ui.server.middleware.security_headers import SecurityHeaders
from chat_ui.server.middleware.short_answers import MAX_BYTES
from chat_ui.server.protocols.http_connection import HttpConnection
from tests.chat_ui.server.protocols.serving import serving

SHORT, LONG, PIECES, BROKEN = (f"/_matrix/{each}" for each in ("short", "long", "pieces", "broken"))
PAGE = "/short"
written: list[bytes] = []
"""What the server has written at a time."""


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    path = scope["path"]
    if path == BROKEN:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError(path)
    if path == PIECES:
        await StreamingResponse(iter([b"one", b"two"]))(scope, receive, send)
    else:
        body = b"x" * (MAX_BYTES + (path == LONG))
        await Response(body, media_type="application/json")(scope, receive, send)


@pytest.fixture(autouse=True)
def noted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    made = HttpConnection.connection_made

    class Noting:
        """A transport that notes what is written."""

        def __init__(self, transport: asyncio.Transport) -> None:
            self._transport = transport

        def write(self, data: bytes) -> None:
            written.append(data)
            self._transport.write(data)

        def __getattr__(self, name: str) -> object:
            return getattr(self._transport, name)

    def note(connection: HttpConnection, transport: asyncio.Transport) -> None:
        made(connection, transport)
        connection.transport = Noting(transport)  # type: ignore[assignment]

    monkeypatch.setattr(HttpConnection, "connection_made", note)
    yield
    written.clear()


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with serving(SecurityHeaders(app, tls=False)) as where:
        host, _colon, port = where.partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        yield reader, writer
        writer.close()


def request(path: str, *lines: str, method: str = "GET") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()


async def answers(*requests: bytes) -> list[tuple[dict[bytes, bytes], bytes]]:
    """Send requests at once, the last of which closes the connection; return head and body each."""
    async with connected() as (reader, writer):
        writer.write(b"".join(requests))
        found = []
        for _request in requests:
            first, *lines = (await reader.readuntil(b"\r\n\r\n")).splitlines()[:-1]
            head = {b"": first, **dict(line.split(b": ", 1) for line in lines)}
            length = int(head.get(b"content-length", b"0"))
            found.append((head, await reader.readexactly(length)))
        assert await reader.read() == b""  # it is closed
        return found


@pytest.mark.parametrize(("path", "pieces"), [(SHORT, 1), (LONG, 2), (PAGE, 2)])
async def test_a_short_answer_to_an_app_is_one_piece(path: str, pieces: int) -> None:
    [(head, body)] = await answers(request(path, "Connection: close"))
    assert len(written) == pieces
    assert head[b""] == b"HTTP/1.1 200 OK"
    assert len(body) == int(head[b"content-length"]) >= MAX_BYTES


async def test_it_has_the_head_that_others_have() -> None:
    closing = "Connection: close"
    [(short, _body)], [(usual, _same)] = [
        await answers(request(path, closing)) for path in (SHORT, PAGE)
    ]
    assert short == usual


async def test_requests_behind_it_are_answered_in_order() -> None:
    found = await answers(
        request(SHORT), request(LONG), request(SHORT), request(PAGE, "Connection: close")
    )
    assert [len(body) for _head, body in found] == [MAX_BYTES, MAX_BYTES + 1, MAX_BYTES, MAX_BYTES]


async def test_an_answer_in_pieces_is_sent_as_it_comes() -> None:
    async with connected() as (reader, writer):
        writer.write(request(PIECES, "Connection: close"))
        assert (await reader.read()).endswith(b"\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")


async def test_a_head_without_its_body_is_not_sent() -> None:
    async with connected() as (reader, writer):
        writer.write(request(BROKEN, "Connection: close"))
        assert (await reader.read()).startswith(b"HTTP/1.1 500 ")


async def test_nothing_is_written_to_who_has_gone() -> None:
    connection = HttpConnection.__new__(HttpConnection)
    connection._answering = None
    assert not connection.answer(200, [], b"")
