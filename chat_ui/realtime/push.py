"""Sends events to open pages: to one of them, to all of a person, or to all that show a room.

Who gets an event is who is on its channel, a Socket.IO room. A page is put on the channel of a
room's messages before it gets the first of them: when it opens, and when it asks for them
(`on_catch_up` in `chat_ui/rooms/timeline/timeline_handlers.py`). It is taken off when it shows another room
or the person is no member any more.

Events may get lost: a page that has missed some catches up from the database.
"""

from collections.abc import Collection, Iterable, Mapping

from engineio.packet import MESSAGE
from engineio.packet import Packet as Frame
from nicegui import core
from socketio.packet import EVENT

from chat_ui.compat import pong_payload, websocket_transport
from chat_ui.realtime.protocol import ServerEvent

frames_sent = 0
"""Events that were sent since the start, counted for each socket."""


_MESSAGES, _ACTIVITY = "messages", "activity"


def messages_channel(room_id: int) -> str:
    """Return the channel with all events in a room, for pages that show it."""
    return f"{_MESSAGES}:{room_id}"


def activity_channel(room_id: int) -> str:
    """Return the channel with new messages of a room, for pages that show another."""
    return f"{_ACTIVITY}:{room_id}"


def person_channel(user_id: int) -> str:
    """Return the channel of a person: all their pages are on it."""
    return f"user:{user_id}"


async def to_page(client_id: str, event: ServerEvent) -> None:
    """Send an event to one page, by NiceGUI client id, or to one socket, by its `sid`."""
    await broadcast(event, client_id)


async def to_pages(client_ids: list[str], event: ServerEvent) -> None:
    """Send the same event to several pages, by NiceGUI client id."""
    await broadcast(event, client_ids)


async def to_person(user_id: int, event: ServerEvent) -> None:
    """Send an event to every page of a person."""
    await broadcast(event, person_channel(user_id))


async def to_room(room_id: int, event: ServerEvent) -> None:
    """Send an event to every page that shows a room."""
    await broadcast(event, messages_channel(room_id))


async def to_rooms(room_ids: Iterable[int], event: ServerEvent) -> None:
    """Send an event, once, to every page that shows one of these rooms."""
    await broadcast(event, [messages_channel(room_id) for room_id in room_ids])


async def to_other_rooms(room_id: int, event: ServerEvent) -> None:
    """Send an event to every page of a member that shows something else than this room."""
    await broadcast(event, activity_channel(room_id))


async def to_everyone(event: ServerEvent) -> None:
    """Send an event to every page."""
    global frames_sent
    frames_sent += _count(None)
    await core.sio.emit(event.EVENT, event.fields())


async def broadcast(event: ServerEvent, channels: str | list[str]) -> None:
    """Send an event to every socket on a channel, or on one of several: one frame, made once.

    Several are a list, by which Socket.IO tells them from one.
    """
    global frames_sent
    if not channels:
        return
    receivers = list(core.sio.manager.get_participants("/", channels))
    frames_sent += len(receivers)
    if not websocket_transport.PATCH.is_active:
        await core.sio.emit(event.EVENT, event.fields(), room=channels)
        return
    packet = core.sio.packet_class(EVENT, namespace="/", data=[event.EVENT, event.fields()])
    frame = Frame(MESSAGE, packet.encode())
    encoded = websocket_transport.frame(frame.encode())
    sockets = core.sio.eio.sockets
    for _sid, eio_sid in receivers:
        socket = sockets.get(eio_sid)
        if socket is not None:
            await websocket_transport.send(socket, frame, encoded)


def followed() -> set[int]:
    """Return the rooms of which pages are sent messages or activity."""
    channels = (channel.partition(":") for channel in _rooms() if isinstance(channel, str))
    return {int(room_id) for kind, _colon, room_id in channels if kind in (_MESSAGES, _ACTIVITY)}


def is_followed(room_id: int) -> bool:
    """Return whether a page is sent messages or activity of a room."""
    return bool(viewers(room_id) or others(room_id))


def followers(room_id: int) -> list[str]:
    """Return the sockets, by `sid`, that are sent messages or activity of a room."""
    on = _rooms()
    return [*on.get(messages_channel(room_id), ()), *on.get(activity_channel(room_id), ())]


def viewers(room_id: int) -> int:
    """Return how many sockets of pages show a room."""
    return _count(messages_channel(room_id))


def others(room_id: int) -> int:
    """Return how many sockets of pages of its members show something else than a room."""
    return _count(activity_channel(room_id))


def crowd(room_id: int) -> int:
    """Return `viewers` if pages may report what was read with their pongs, else 0."""
    return viewers(room_id) if pong_payload.PATCH.is_active else 0


def sockets_of(user_id: int) -> int:
    """Return how many sockets a person has open."""
    return _count(person_channel(user_id))


def _count(channel: str | None) -> int:
    """Return how many sockets are on a channel; on any, if it is None."""
    return len(_rooms().get(channel, ()))


def _rooms() -> Mapping[str | None, Collection[str]]:
    """Return the sockets on each channel, of Socket.IO's rooms."""
    found: Mapping[str | None, Collection[str]] = core.sio.manager.rooms.get("/", {})
    return found
