"""Lines whose browser does not take what it is sent.

What waits for such a browser must not fill our memory: its line is closed, and the page comes
back when it can, and asks for what it missed. Closing alone is a frame that waits behind all the
others; so who does not take that either is hung up on.
"""

from typing import Any

from engineio.async_socket import AsyncSocket

from chat_ui.compat import websocket_transport

TOO_MANY = 200
"""Frames that may wait for one line."""
TOO_MUCH = 4_000_000
"""Characters that may wait in them."""

_send = AsyncSocket.send
_closed: set[AsyncSocket] = set()
"""Those that were closed when we last looked."""


def install() -> None:
    """Look at every frame; doing it twice changes nothing."""
    AsyncSocket.send = _put


def hang_up() -> None:
    """Hang up on who has not taken the end of their line since the last look."""
    for line in _closed:
        if transport := websocket_transport.transports.pop(line):
            transport.abort()  # as a rule it is over already, and this does nothing
    _closed.clear()
    _closed.update(line for line in websocket_transport.transports if line.closed)


async def put(line: Any, packet: Any) -> None:
    """Have a frame sent after those that wait: as `_put` does, for many lines in turn."""
    if line.closed:
        return
    if not _is_too_slow(line):
        line.queue.put_nowait(packet)
    elif not line.closing:
        await line.close(wait=False)


async def _put(line: Any, packet: Any) -> None:
    """Have a frame sent after those that wait, unless they are too many."""
    if not _is_too_slow(line):
        await _send(line, packet)
    elif not line.closing:
        await line.close(wait=False)


def _is_too_slow(line: Any) -> bool:
    waiting = line.queue.qsize()
    if waiting < 10:
        return False
    frames = line.queue._queue
    return waiting > TOO_MANY or sum(len(each.data or "") for each in frames if each) > TOO_MUCH
