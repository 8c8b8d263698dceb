"""Read positions that pages showing a crowded room send with their pongs."""

from collections.abc import Mapping
from contextlib import suppress

from nicegui import core

from chat_ui.realtime import connections, protocol, validation
from services.core.errors import ServiceError
from services.rooms.reading import read_positions


def mark(payloads: Mapping[str, object]) -> None:
    """Record read positions, given by Engine.IO id of the connection."""
    for eio_sid, detail in payloads.items():
        socket = connections.get(core.sio.manager.sid_from_eio_sid(eio_sid, "/") or "")
        if socket is not None:
            with suppress(ServiceError):
                reached = validation.read(protocol.Read, detail)
                read_positions.mark_read(socket.viewer, reached.room, reached.seq, soon=False)
