"""Read positions that come with the answers to Engine.IO's pings.

Engine.IO pings every page now and then. In a crowd a page puts into its answer how far its person
has read: a frame for that alone would cost the server several times what bringing them the message
did, and there would be as many. The answers of many pages are handled together: nine tenths of the
time for a single one went into fetching code and data into the processor's caches.

When this patch is left out, pages are never told of a crowd, and send the ordinary `read` event.

Gain: 74 % of what receipts cost in a crowd (31 instead of 120 ms when 80 people read a message;
`python -m benchmarks.compat pong_payload`). To do without it: `CHAT_COMPAT=pong_payload`.
"""

import asyncio
from collections.abc import Callable, Mapping

from chat_ui.compat import socket_guard
from chat_ui.compat.registry import Patch

COALESCE_SECONDS = 1.0
"""Seconds for which answers are collected."""

_payloads: dict[str, object] = {}
"""By Engine.IO's id of a connection: what came last with an answer."""
_handle: Callable[[Mapping[str, object]], None]


def deliver_to(handle: Callable[[Mapping[str, object]], None]) -> None:
    """Have what comes with answers from now on handed to `handle`, by Engine.IO's ids."""
    global _handle
    _handle = handle
    _payloads.clear()  # of a server that ran before: nothing would deliver them


def deliver() -> None:
    """Hand over what has come so far."""
    payloads = dict(_payloads)
    _payloads.clear()
    if payloads:
        _handle(payloads)


def _collect(eio_sid: str, data: object) -> None:
    if not _payloads:
        asyncio.get_running_loop().call_later(COALESCE_SECONDS, deliver)
    _payloads[eio_sid] = data


def _install() -> None:
    socket_guard.on_pong(_collect)


PATCH = Patch(
    name="pong_payload",
    replaces=("the data of a PONG of Engine.IO",),
    why="In a crowd, a frame for each reader costs more than the message that they read.",
    gain="74 % of what receipts cost in a crowd",
    measured_with="python -m benchmarks.compat pong_payload",
    tried_with="python-engineio 4.15",
    expects={
        "engineio.async_socket:AsyncSocket.schedule_ping": "self",
        "engineio.packet:Packet.decode": "self, encoded_packet",
    },
    install=_install,
)
