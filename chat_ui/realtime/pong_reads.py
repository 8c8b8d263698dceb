"""Read positions that pages in a crowd send with their answers to pings."""

from collections.abc import Mapping
from contextlib import suppress

from nicegui import core

from chat_ui.realtime import connections, protocol
from services.core.errors import ServiceError
from services.rooms import read_positions


def mark(payloads: Mapping[str, object]) -> None:
    """Note how far people have read, by Engine.IO's id of the connection that said so."""
    for eio_sid, detail in payloads.items():
        socket = connections.get(core.sio.manager.sid_from_eio_sid(eio_sid, "/") or "")
        if socket is not None:
            with suppress(ServiceError):
                reached = protocol.read(protocol.Read, detail)
                read_positions.mark_read(socket.viewer, reached.room, reached.seq, soon=False)
