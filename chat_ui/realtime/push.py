"""Sends events to open pages: to one of them, to all of a person, or to all that show a room.

Who gets an event is who is on its channel, a Socket.IO room. A page is put on the channel of a
room's messages before it gets the first of them: when it opens, and when it asks for them
(`on_catch_up` in `chat_ui/rooms/timeline_handlers.py`). It is taken off when it shows another room
or the person is no member any more.

Events may get lost: a page that has missed some catches up from the database.
"""

from collections.abc import Iterable

from engineio.packet import MESSAGE
from engineio.packet import Packet as Frame
from nicegui import core
from socketio.packet import EVENT

from chat_ui.compat import backpressure, pong_payload, websocket_transport
from chat_ui.realtime.protocol import ServerEvent


def messages_channel(room_id: int) -> str:
    """Return the channel with all events in a room, for pages that show it."""
    return f"messages:{room_id}"


def activity_channel(room_id: int) -> str:
    """Return the channel with new messages of a room, for pages that show another."""
    return f"activity:{room_id}"


def person_channel(user_id: int) -> str:
    """Return the channel of a person: all their pages are on it."""
    return f"user:{user_id}"


async def to_page(client_id: str, event: ServerEvent) -> None:
    """Send an event to one page, by NiceGUI client id, or to one socket, by its `sid`."""
    await core.sio.emit(event.EVENT, event.fields(), room=client_id)


async def to_person(user_id: int, event: ServerEvent) -> None:
    """Send an event to every page of a person."""
    await broadcast(event, person_channel(user_id))


async def to_room(room_id: int, event: ServerEvent) -> None:
    """Send an event to every page that shows a room."""
    await broadcast(event, messages_channel(room_id))


async def to_rooms(room_ids: Iterable[int], event: ServerEvent) -> None:
    """Send an event, once, to every page that shows one of these rooms."""
    rooms = [messages_channel(room_id) for room_id in room_ids]
    if rooms:
        await core.sio.emit(event.EVENT, event.fields(), room=rooms)


async def to_other_rooms(room_id: int, event: ServerEvent) -> None:
    """Send an event to every page of a member that shows something else than this room."""
    await broadcast(event, activity_channel(room_id))


async def to_everyone(event: ServerEvent) -> None:
    """Send an event to every page."""
    await core.sio.emit(event.EVENT, event.fields())


async def broadcast(event: ServerEvent, channel: str) -> None:
    """Send an event to every socket on a channel: one frame, made once for all of them."""
    if not websocket_transport.PATCH.is_active:
        await core.sio.emit(event.EVENT, event.fields(), room=channel)
        return
    packet = core.sio.packet_class(EVENT, namespace="/", data=[event.EVENT, event.fields()])
    frame = Frame(MESSAGE, packet.encode())
    encoded = websocket_transport.frame(frame.encode())
    sockets = core.sio.eio.sockets
    for _sid, eio_sid in list(core.sio.manager.get_participants("/", channel)):
        socket = sockets.get(eio_sid)
        if socket is not None and not websocket_transport.write(socket, encoded):
            await backpressure.put(socket, frame)


def viewers(room_id: int) -> int:
    """Return how many sockets of pages show a room."""
    return _count(messages_channel(room_id))


def crowd(room_id: int) -> int:
    """Return `viewers` if pages may report what was read with their pongs, else 0."""
    return viewers(room_id) if pong_payload.PATCH.is_active else 0


def sockets_of(user_id: int) -> int:
    """Return how many sockets a person has open."""
    return _count(person_channel(user_id))


def _count(channel: str) -> int:
    return len(core.sio.manager.rooms.get("/", {}).get(channel, ()))
