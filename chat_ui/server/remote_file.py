"""Sends a stored file that is not on this machine, in parts as a browser asks for them."""

import logging
import os
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any

from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

from services.core.app_context import RemoteFile

log = logging.getLogger(__name__)


class RemoteFileResponse(FileResponse):
    """Answers as Starlette does for a file on this machine: only where the bytes are from differs."""

    def __init__(self, file: RemoteFile, size: int, headers: Mapping[str, str], **how: Any) -> None:
        found = os.stat_result((0, 0, 0, 0, 0, 0, size, 0, 0, 0))
        super().__init__(file.name, headers=headers, stat_result=found, **how)
        self._file = file
        self._ends = {0: size}
        """Where each part ends, by where it begins."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            await super().__call__(scope, receive, send)
        except OSError as error:  # the browser notices, and may ask for the rest
            log.error("Failed to send the rest of %s: %s", self._file.name, error.strerror)

    async def _handle_single_range(self, send: Send, start: int, end: int, *more: Any) -> None:
        self._ends = {start: end}
        await super()._handle_single_range(send, start, end, *more)

    async def _handle_multiple_ranges(
        self, send: Send, ranges: list[tuple[int, int]], *more: Any
    ) -> None:
        self._ends = dict(ranges)
        await super()._handle_multiple_ranges(send, ranges, *more)

    @asynccontextmanager
    async def _open_file(self) -> AsyncIterator[Any]:
        async with aclosing(_Reader(self._file, self._ends)) as reader:
            yield reader


class _Reader:
    """Reads parts of a file, as an open file of anyio's would."""

    def __init__(self, file: RemoteFile, ends: Mapping[int, int]) -> None:
        self._file = file
        self._ends = ends
        self._buffer = bytearray()
        self._stream: AsyncGenerator[bytes] | None = None

    async def seek(self, start: int) -> None:
        """Go on at the beginning of a part."""
        await self.aclose()
        self._buffer.clear()
        self._stream = self._file.read(start, self._ends[start])

    async def read(self, size: int) -> bytes:
        """Return the next bytes: fewer than `size` only at the end of the part."""
        if self._stream is None:
            await self.seek(0)
        assert self._stream is not None
        while len(self._buffer) < size and (chunk := await anext(self._stream, b"")):
            self._buffer += chunk
        part = bytes(self._buffer[:size])
        del self._buffer[:size]
        return part

    async def aclose(self) -> None:
        """Let go of what is not read."""
        if self._stream is not None:
            await self._stream.aclose()
