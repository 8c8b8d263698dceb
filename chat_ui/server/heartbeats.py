"""What pages say with their heartbeats.

Engine.IO asks every page now and then whether it is still there. With its answer a page in a
crowd says how far its person has read: a frame for that alone would cost the server several
times what bringing them the message did, and they would be as many.
"""

from contextlib import suppress
from typing import Any

from engineio import packet
from engineio.async_socket import AsyncSocket
from engineio.exceptions import UnknownPacketError
from nicegui import core

from chat_ui import inbound
from chat_ui.server import sockets
from services import whereabouts
from services.refusal import Refused

_receive = AsyncSocket.receive


def install() -> None:
    """Listen to what comes with heartbeats; doing it twice changes nothing."""
    AsyncSocket.receive = _listen


async def _listen(line: Any, said: Any) -> None:
    if said.packet_type >= len(packet.packet_names):
        raise UnknownPacketError  # the library expects this, and stumbles over the number itself
    # Only an answer counts: who beats faster than asked says nothing more by it.
    if said.packet_type == packet.PONG and said.data and line.last_ping:
        _take(line.sid, said.data)
    await _receive(line, said)


def _take(line: str, said: object) -> None:
    """Note how far somebody has read, on the page that the websocket was opened for."""
    socket = sockets.get(core.sio.manager.sid_from_eio_sid(line, "/") or "")
    if socket is None:
        return
    with suppress(Refused):
        reached = inbound.Read.read({"detail": said})
        whereabouts.mark_read(socket.viewer, reached.room, reached.seq, soon=False)
