"""What pages say with their heartbeats.

Engine.IO asks every page now and then whether it is still there. With its answer a page in a
crowd says how far its person has read: a frame for that alone would cost the server several
times what bringing them the message did, and they would be as many. What comes so is looked
at for many pages together: nine tenths of the time for a single one went into fetching the
code and the data for it into the processor's caches.
"""

import asyncio
from contextlib import suppress
from typing import Any

from engineio import packet
from engineio.async_socket import AsyncSocket
from engineio.exceptions import UnknownPacketError
from nicegui import core

from chat_ui.realtime import client_events, connections
from services.core.errors import ServiceError
from services.rooms import read_positions

COALESCE_SECONDS = 1.0
"""Seconds for which answers gather."""

_receive = AsyncSocket.receive
_answers: dict[str, object] = {}
"""By Engine.IO's name of a line: what came last with its answer."""


def install() -> None:
    """Listen to what comes with heartbeats; doing it twice changes nothing."""
    AsyncSocket.receive = _listen


def take() -> None:
    """Note how far those have read who have answered, each on the page their line is for."""
    answers = dict(_answers)
    _answers.clear()
    for line, said in answers.items():
        socket = connections.get(core.sio.manager.sid_from_eio_sid(line, "/") or "")
        if socket is not None:
            with suppress(ServiceError):
                reached = client_events.Read.read({"detail": said})
                read_positions.mark_read(socket.viewer, reached.room, reached.seq, soon=False)


async def _listen(line: Any, said: Any) -> None:
    if said.packet_type >= len(packet.packet_names):
        raise UnknownPacketError  # the library expects this, and stumbles over the number itself
    # Only an answer counts: who beats faster than asked says nothing more by it.
    if said.packet_type == packet.PONG and said.data and line.last_ping:
        if not _answers:
            asyncio.get_running_loop().call_later(COALESCE_SECONDS, take)
        _answers[line.sid] = said.data
    await _receive(line, said)
