"""Sending one frame to many websockets.

`AsyncServer.emit` of Socket.IO starts a task for each who gets it. Here one packet is made
and put into each socket's queue in turn, which costs about half.
"""

from engineio.packet import MESSAGE, Packet
from nicegui import core
from socketio.packet import EVENT

TOO_SLOW = 200
"""Frames that may wait for one socket. Who takes so few must not fill our memory."""


async def send(event: str, data: object, room: str) -> None:
    """Send an event to every socket in a Socket.IO room.

    A socket that does not take what it is sent is closed; its page comes back when it can,
    and asks for what it missed.
    """
    encoded = core.sio.packet_class(EVENT, namespace="/", data=[event, data]).encode()
    packet = Packet(MESSAGE, encoded)
    eio = core.sio.eio
    for _sid, eio_sid in list(core.sio.manager.get_participants("/", room)):
        socket = eio.sockets.get(eio_sid)
        if socket is None or socket.closed:
            continue
        if socket.queue.qsize() > TOO_SLOW:
            await socket.close(wait=False)
        else:
            socket.queue.put_nowait(packet)


def count(room: str) -> int:
    """Return how many sockets are in a Socket.IO room."""
    return len(core.sio.manager.rooms.get("/", {}).get(room, ()))
