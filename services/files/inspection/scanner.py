"""Client of the optional virus scanner, `clamd`, which checks every upload.

It uses the commands `INSTREAM` and `PING` of the manual page clamd(8). The file is sent over
the socket, so clamd needs no access to the data folder, and may run on another machine.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from weakref import WeakKeyDictionary

from services.core.errors import ServiceError, Unavailable
from services.core.i18n import _
from services.core.network import socket_address

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 120.0
"""For one file, waiting included: as long as clamd itself scans at most."""
CONNECT_TIMEOUT_SECONDS = 5.0
"""For a connection, and for the answer to PING."""
MAX_SCANS = 4
"""Files scanned at a time: clamd has ten threads, and may serve others."""
CHUNK_SIZE = 256 * 1024
"""Bytes of a file in memory; as many again are in the send buffer."""

_FAILURES = (OSError, EOFError, UnicodeError, asyncio.LimitOverrunError)
"""Unreachable or too slow, closed early, an invalid host name, an answer without end."""
_semaphores: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def require_clean(scanner: str | None, file: Path, name: str) -> None:
    """Scan a file, if there is a scanner.

    Raises `ServiceError` if it found something, and `Unavailable` if the scan failed: a file
    that was not scanned is not accepted.
    """
    if scanner is None:
        return
    try:
        slots = _semaphores.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(MAX_SCANS))
        async with asyncio.timeout(TIMEOUT_SECONDS), slots, _connected(scanner) as (reader, writer):
            await _send(file, writer)
            answer = (await reader.readuntil(b"\0"))[:-1]
    except _FAILURES as error:
        answer = repr(error).encode()
    if answer == b"stream: OK":
        return
    if found := re.fullmatch(rb"stream: (.+) FOUND", answer):
        log.warning("The virus scanner found %r in an upload; it was refused.", found[1])
        raise ServiceError(
            _("The virus scanner found a virus in {name}. It was not sent.").format(name=name)
        )
    log.error(
        "The virus scanner at %s failed to scan a file: %r. "
        "The StreamMaxLength of its clamd.conf must be as large as CHAT_FILE_SIZE.",
        *(scanner, answer),
    )
    raise Unavailable(
        _("The server's virus scanner is not working, so the file was not sent. Tell the host.")
    )


async def why_unavailable(scanner: str) -> str:
    """Return why the scanner does not answer, or an empty string if it does."""
    try:
        async with (
            asyncio.timeout(CONNECT_TIMEOUT_SECONDS),
            _connected(scanner) as (reader, writer),
        ):
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
    async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
        if isinstance(address, str):
            reader, writer = await asyncio.open_unix_connection(address)
        else:
            reader, writer = await asyncio.open_connection(*address)
    try:
        yield reader, writer
    finally:
        # Not `close`, which would wait until a scanner that hangs has read the buffer.
        writer.transport.abort()


async def _send(file: Path, writer: asyncio.StreamWriter) -> None:
    """Send a file in chunks, each after its length, and an empty one at the end."""
    writer.write(b"zINSTREAM\0")
    with await asyncio.to_thread(file.open, "rb") as opened:
        while chunk := await asyncio.to_thread(opened.read, CHUNK_SIZE):
            writer.write(len(chunk).to_bytes(4, "big") + chunk)
            await writer.drain()
    writer.write(bytes(4))
    await writer.drain()
