"""Sending one frame to many websockets."""

from engineio.packet import MESSAGE, Packet
from nicegui import core
from socketio.packet import EVENT

from chat_ui.compat import backpressure, websocket_transport


async def send(event: str, data: object, room: str) -> None:
    """Send an event to every socket in a Socket.IO room."""
    if not websocket_transport.PATCH.is_active:
        await core.sio.emit(event, data, room=room)
        return
    encoded = core.sio.packet_class(EVENT, namespace="/", data=[event, data]).encode()
    packet = Packet(MESSAGE, encoded)
    frame = websocket_transport.frame(packet.encode())
    eio = core.sio.eio
    for _sid, eio_sid in list(core.sio.manager.get_participants("/", room)):
        connection = eio.sockets.get(eio_sid)
        if connection is not None and not websocket_transport.write(connection, frame):
            await backpressure.put(connection, packet)


def count(room: str) -> int:
    """Return how many sockets are in a Socket.IO room."""
    return len(core.sio.manager.rooms.get("/", {}).get(room, ()))
