"""The virus scanner that a host may have: `clamd`, which is asked about each file that came in.

Source: the manual page clamd(8), its commands `INSTREAM` and `PING`. The file goes over the
socket, so clamd needs no right to read our folder, and may run on another machine.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from weakref import WeakKeyDictionary

from services.core import socket_address
from services.core.errors import ServiceError, Unavailable
from services.core.i18n import _

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 120.0
"""Seconds that a file may wait and be scanned: as long as clamd itself takes for one at most."""
GREETING = 5.0
"""Seconds in which it must take a connection, and say that it is there."""
AT_ONCE = 4
"""How many files are scanned at a time: clamd has ten threads, and may have others to serve."""
CHUNK_SIZE = 256 * 1024
"""Bytes of a file in memory; as many again wait to be sent."""

_FAILURES = (OSError, EOFError, UnicodeError, asyncio.LimitOverrunError)
"""Away, silent (TimeoutError is an OSError), gone meanwhile, no name for a host, endless."""
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def require_clean(scanner: str | None, file: Path, name: str) -> None:
    """Have a file looked at, if there is a scanner.

    Raises `ServiceError` if something was found in it, and `Unavailable` if nobody looked: what
    has not been seen to be clean is not handed on.
    """
    if scanner is None:
        return
    try:
        turn = _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))
        async with asyncio.timeout(TIMEOUT_SECONDS), turn, _connected(scanner) as (reader, writer):
            await _send(file, writer)
            answer = (await reader.readuntil(b"\0"))[:-1]
    except _FAILURES as error:
        answer = repr(error).encode()
    if answer == b"stream: OK":
        return
    if found := re.fullmatch(rb"stream: (.+) FOUND", answer):
        log.warning("The virus scanner found %r in a file, which was not taken.", found[1])
        raise ServiceError(
            _("The virus scanner takes {name} for a virus. It was not sent.").format(name=name)
        )
    log.error(
        "The virus scanner at %s did not look at a file: %r. "
        "The StreamMaxLength of its clamd.conf must be as large as CHAT_FILE_SIZE.",
        *(scanner, answer),
    )
    raise Unavailable(
        _("The server's virus scanner does not work, so the file was not sent. Tell the host.")
    )


async def why_away(scanner: str) -> str:
    """Return why a scanner cannot be asked just now, or nothing."""
    try:
        async with asyncio.timeout(GREETING), _connected(scanner) as (reader, writer):
            writer.write(b"zPING\0")
            if await reader.readuntil(b"\0") == b"PONG\0":
                return ""
    except _FAILURES as error:
        if isinstance(error, OSError) and error.strerror:
            return error.strerror
    return _("no answer")


@asynccontextmanager
async def _connected(
    scanner: str,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    address = socket_address.parse(scanner)
    async with asyncio.timeout(GREETING):
        if isinstance(address, str):
            reader, writer = await asyncio.open_unix_connection(address)
        else:
            reader, writer = await asyncio.open_connection(*address)
    try:
        yield reader, writer
    finally:
        # At once: one who hangs takes nothing any more, and would keep us from closing.
        writer.transport.abort()


async def _send(file: Path, writer: asyncio.StreamWriter) -> None:
    """Send a file in pieces, each with its length before it, and at the end one of none."""
    writer.write(b"zINSTREAM\0")
    with await asyncio.to_thread(file.open, "rb") as opened:
        while piece := await asyncio.to_thread(opened.read, CHUNK_SIZE):
            writer.write(len(piece).to_bytes(4, "big") + piece)
            await writer.drain()
    writer.write(bytes(4))
    await writer.drain()
