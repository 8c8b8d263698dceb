"""The open websockets, and which page and user each belongs to."""

from collections import defaultdict
from collections.abc import Collection, Set
from dataclasses import dataclass, field

from nicegui import core

from services.core.dto import CurrentUser


@dataclass(frozen=True)
class Socket:
    """One open websocket: it belongs to one page, opened by the same session."""

    sid: str
    client_id: str
    viewer: CurrentUser
    subscriptions: set[str] = field(default_factory=set, compare=False)
    """The Socket.IO rooms it is in: see `set_subscriptions`."""


_by_sid: dict[str, Socket] = {}
_by_client: defaultdict[str, set[str]] = defaultdict(set)


def add(socket: Socket) -> None:
    """Add a socket that has opened."""
    _by_sid[socket.sid] = socket
    _by_client[socket.client_id].add(socket.sid)


def remove(sid: str) -> None:
    """Remove a socket that has closed."""
    socket = _by_sid.pop(sid, None)
    if socket is not None:
        _by_client[socket.client_id].discard(sid)
        if not _by_client[socket.client_id]:
            del _by_client[socket.client_id]


def get(sid: str) -> Socket | None:
    """Return an open socket by its `sid`, once it has reported its page."""
    return _by_sid.get(sid)


def of_client(client_id: str) -> Collection[Socket]:
    """Return the sockets of one page: usually one, two while it reconnects."""
    return tuple(_by_sid[sid] for sid in _by_client.get(client_id, ()))


async def set_subscriptions(socket: Socket, wanted: Set[str]) -> None:
    """Replace the Socket.IO rooms that a socket is in.

    They are stored here too, because Socket.IO would search all existing rooms for them.
    """
    for room in socket.subscriptions - wanted:
        await core.sio.leave_room(socket.sid, room)
    for room in wanted - socket.subscriptions:
        await core.sio.enter_room(socket.sid, room)
    socket.subscriptions.clear()
    socket.subscriptions.update(wanted)


def everyone() -> Collection[Socket]:
    """Return all open sockets."""
    return tuple(_by_sid.values())


def clear() -> None:
    """Forget all sockets: the server stops."""
    _by_sid.clear()
    _by_client.clear()
