"""Compresses what is sent: pages as they are drawn, and files that never change once."""

import asyncio
import posixpath
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import NamedTuple

from fastapi.middleware.gzip import GZipMiddleware
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chat_ui.server.middleware.auth_middleware import APPS, ASSETS
from chat_ui.server.middleware.encodings import Encoded, takes

MAX_FILE = 1024 * 1024
"""Bytes of the longest file that is kept compressed. Longer ones, which no page of the chat needs,
are read and sent in pieces."""
MAX_KEPT = 8 * 1024 * 1024
"""Bytes of all of them, with gzip; Brotli takes less than that again. A page needs a twentieth."""
CHUNK_SIZE = 64 * 1024
"""Bytes that wait in memory for a slow connection."""
_COMPRESSIBLE = ("text/", "application/javascript", "application/json", "image/svg")
_AS_IT_IS = {"range", "if-none-match", "if-modified-since", "if-range"}


class Compression(GZipMiddleware):
    """Compresses answers, except people's files: most are compressed already, and sent in ranges."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = scope.get("path", "")
        if path.endswith(("/file", "/preview")) or (path.startswith(APPS) and not _zips(scope)):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def _zips(scope: Scope) -> bool:
    """Return whether whoever asks takes something compressed."""
    return any(name == b"accept-encoding" for name, _value in scope.get("headers", ()))


class _Answer(NamedTuple):
    start: Message
    body: Encoded

    async def send(self, scope: Scope, send: Send) -> None:
        """Send it to who takes gzip; `send` waits for a connection that is slow."""
        best = self.body.best(_accepted(scope))
        assert best is not None
        encoding, body = best
        headers = MutableHeaders(raw=list(self.start["headers"]))
        headers["Content-Encoding"] = encoding
        headers["Content-Length"] = str(len(body))
        headers.add_vary_header("Accept-Encoding")
        await send({**self.start, "headers": headers.raw})
        for chunk, more in _chunks(body):
            await send({"type": "http.response.body", "body": chunk, "more_body": more})


class LibraryFiles:
    """ASGI middleware: keeps NiceGUI's own files in memory, each compressed when first asked for.

    Their addresses contain NiceGUI's version, so they never change. NiceGUI would read and compress
    each of them again for every visitor, which is 60 ms of a core for a page.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._kept: dict[str, _Answer] = {}
        self._bytes = 0
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if not _may_be_kept(scope):
            await self.app(scope, receive, send)
        elif answer := self._kept.get(scope["path"]):
            await answer.send(scope, send)
        else:
            await self._make(scope, receive, send)

    async def _make(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and keep the answer; many who ask at once wait for the first."""
        path = scope["path"]
        async with AsyncExitStack() as turn:
            await turn.enter_async_context(self._one_at_a_time)
            if path not in self._kept:
                collected = _Collected(send, turn.aclose)
                await self.app(scope, receive, collected)
                if (
                    collected.start is None or not collected.is_complete
                ):  # passed on, or the visitor left
                    return
                body = await asyncio.to_thread(Encoded, collected.body)
                answer = _Answer(collected.start, body)
                if self._bytes + body.size > MAX_KEPT:
                    await turn.aclose()
                    await answer.send(scope, send)
                    return
                self._kept[path] = answer
                self._bytes += body.size
        await self._kept[path].send(scope, send)


class _Collected:
    """Collects an answer that can be kept; passes on any other, after the next one's turn began."""

    def __init__(self, send: Send, end_turn: Callable[[], Awaitable[None]]) -> None:
        self._send = send
        self._end_turn = end_turn
        self.start: Message | None = None
        """None while the answer is passed on."""
        self.body = bytearray()
        self._announced = 0

    @property
    def is_complete(self) -> bool:
        """Whether all has come: what answers stops in the middle when its visitor leaves."""
        return len(self.body) == self._announced

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = Headers(raw=message["headers"])
            if (
                message["status"] == 200
                and headers.get("content-type", "").startswith(_COMPRESSIBLE)
                and (announced := int(headers.get("content-length", MAX_FILE))) < MAX_FILE
            ):
                self.start, self._announced = message, announced
                return
            await self._end_turn()
        elif self.start is not None:
            self.body += message.get("body", b"")
            return
        await self._send(message)


def _may_be_kept(scope: Scope) -> bool:
    # NiceGUI finds a file by several spellings of its path.
    if scope["type"] != "http" or not (path := scope["path"]).startswith(ASSETS):
        return False
    if path.startswith(f"{ASSETS}dynamic_resources/") or posixpath.normpath(path) != path:
        return False
    headers = Headers(scope=scope)
    return (
        scope["method"] == "GET"
        and takes(_accepted(scope), "gzip")
        and not _AS_IT_IS & {name.lower() for name in headers}
    )


def _accepted(scope: Scope) -> str:
    return Headers(scope=scope).get("accept-encoding", "")


def _chunks(body: bytes) -> Iterator[tuple[bytes, bool]]:
    for begin in range(0, len(body), CHUNK_SIZE):
        end = begin + CHUNK_SIZE
        yield body[begin:end], end < len(body)
