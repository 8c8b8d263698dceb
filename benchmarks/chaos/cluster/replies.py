"""What a Redis server sends, reply by reply (RESP 2 and 3)."""

import asyncio
from collections.abc import AsyncIterator

_NESTED = b"*>~%|"
"""The kinds that hold other replies."""
_LONG = b"$!="
"""The kinds whose length comes first."""


async def replies(stream: asyncio.StreamReader) -> AsyncIterator[tuple[bytes, bool]]:
    """Yield each reply, and whether it is a message of a channel."""
    while True:
        try:
            reply = await _reply(stream)
        except asyncio.IncompleteReadError:
            return
        yield reply, reply[:1] in (b"*", b">") and b"$7\r\nmessage\r\n" in reply[:24]


async def _reply(stream: asyncio.StreamReader) -> bytes:
    line = await stream.readuntil(b"\r\n")
    kind, rest = line[:1], line[1:-2]
    if kind in _LONG and int(rest) >= 0:
        return line + await stream.readexactly(int(rest) + 2)
    if kind in _NESTED:
        parts = int(rest) * (2 if kind in b"%|" else 1)
        for _part in range(parts):
            line += await _reply(stream)
        if kind == b"|":  # an attribute comes before the reply it is of
            line += await _reply(stream)
    return line
