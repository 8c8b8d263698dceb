"""What NiceGUI hears from websockets, each frame checked first.

A socket may speak only for the page it was opened for, and only a page that its own
session opened. Whatever else it says ends it.
"""

import logging
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

from nicegui import Client, core
from socketio.exceptions import ConnectionRefusedError as Refuse
from socketio.packet import CONNECT, DISCONNECT, EVENT, Packet
from starlette.requests import HTTPConnection

from chat_ui.auth import cookies
from chat_ui.compat import pong_payload, websocket_transport
from chat_ui.realtime import connections, page_owners
from chat_ui.realtime.connections import Socket
from services.accounts import sessions
from services.core import app_context
from services.core.dto import CurrentUser
from services.core.errors import RateLimited

log = logging.getLogger(__name__)
NICEGUI: dict[str, Any] = {}
"""NiceGUI's own handlers, which ours call once a frame is found good."""
MAX_ARGUMENT_BYTES = 200_000
MAX_FRAME_BYTES = 256 * 1024
"""Bytes of one frame: the longest argument, and what is around it."""
CLEAN_CLOSE_GRACE_SECONDS = 1.5
"""Seconds for which a page that said good-bye is kept: when it was a proxy that did, the browser tries
again within so long (socket.io, reconnectionDelay)."""
EVENTS = ("handshake", "event", "ack", "javascript_response", "log")
KINDS = tuple(str(kind) for kind in (CONNECT, DISCONNECT, EVENT))
"""How a frame of a page begins. The other kinds announce attachments, which the library keeps
until all of them are there, or answer what we never ask."""


class ProtocolError(ValueError):
    """A frame that no page of ours sends."""


class Frame(Packet):  # type: ignore[misc]  # the library has no types
    """A Socket.IO packet, of the few shapes that pages send."""

    def decode(self, encoded_packet: str) -> int:
        """Read what came in; raise `ProtocolError` if it is broken or no event that we know."""
        try:
            super().decode(encoded_packet)
        except (ValueError, RecursionError) as error:
            raise ProtocolError from error
        if self.packet_type == EVENT and not (
            isinstance(self.data, list) and self.data and self.data[0] in EVENTS
        ):
            raise ProtocolError
        return 0


def install() -> None:
    """Put our handlers before NiceGUI's; doing it twice changes nothing."""
    sio = core.sio
    if not NICEGUI:
        NICEGUI.update(sio.handlers["/"])
        NICEGUI["frame"] = sio.eio.handlers["message"]
    sio.packet_class = Frame
    sio.eio.max_http_buffer_size = MAX_FRAME_BYTES
    sio.eio.on("message", _frame)
    for event, handler in {
        "connect": _connect,
        "handshake": _handshake,
        "disconnect": _disconnect,
        "event": _event,
        "ack": _ack,
        "javascript_response": _answer,
        "log": _log,
    }.items():
        sio.on(event, handler)


async def _frame(line: str, said: Any) -> None:
    """Take one frame of a websocket; what no page of ours says ends it."""
    if line not in core.sio.environ:  # it is ended, and what was under way still comes in
        return
    if not isinstance(said, str) or not said.startswith(KINDS) or _is_flood(line):
        await _disconnect_socket(line)
        return
    try:
        await NICEGUI["frame"](line, said)
    except ProtocolError:
        await _disconnect_socket(line)


async def _disconnect_socket(line: str) -> None:
    """Tell a page not to come back, and close its websocket without waiting for it to."""
    log.debug("a websocket was ended for what it said")
    open_line = core.sio.eio.sockets.get(line)
    if sid := core.sio.manager.sid_from_eio_sid(line, "/"):
        await core.sio.disconnect(sid)
    if open_line is not None:
        await open_line.close(wait=False)
        await open_line.queue.put(None)  # so the library marks that nothing more is to be sent


async def _connect(sid: str, environ: dict[str, Any], _auth: Any = None) -> None:
    viewer = await _viewer(environ)
    client_id = parse_qs(environ.get("QUERY_STRING", "")).get("client_id", [""])[0]
    if viewer is None or not page_owners.owns(client_id, viewer.session_id):
        # These are the words on which NiceGUI's page loads anew, and so finds out.
        raise Refuse("Implicit handshake failed")
    connections.add(Socket(sid, client_id, viewer))
    _outlive(client_id, None)
    try:
        await NICEGUI["connect"](sid, environ)
    except (KeyError, ValueError) as error:  # no page of ours asks so
        connections.remove(sid)
        raise Refuse("Implicit handshake failed") from error
    except Exception:
        connections.remove(sid)
        raise


async def _handshake(sid: str, data: Any = None, *_more: Any) -> bool:
    if _speaks_for_itself(sid, data) and isinstance(data.get("tab_id"), str):
        with suppress(KeyError, TypeError, ValueError):  # no page of ours asks so
            return bool(await NICEGUI["handshake"](sid, data))
    await core.sio.disconnect(sid)
    return False


async def _disconnect(sid: str, *_reason: Any) -> None:
    pong_payload.take()  # what it said last counts as long as it is known whose it is
    socket = connections.get(sid)
    if socket:
        said_goodbye = websocket_transport.closed_cleanly(
            core.sio.manager.eio_sid_from_sid(sid, "/")
        )
        _outlive(socket.client_id, CLEAN_CLOSE_GRACE_SECONDS if said_goodbye else None)
    connections.remove(sid)
    NICEGUI["disconnect"](sid)


def _outlive(client_id: str, seconds: float | None) -> None:
    """Have a page outlive its connection for so long; None is as long as any page does."""
    if client := Client.instances.get(client_id):
        client.page.reconnect_timeout = seconds  # the page is this client's own


async def _event(sid: str, data: Any = None, *_more: Any) -> None:
    if not _speaks_for_itself(sid, data) or not _is_event(data):
        await core.sio.disconnect(sid)
        return
    try:
        NICEGUI["event"](sid, data)
    except (KeyError, RecursionError, ValueError):
        log.debug("an event for nobody, or whose arguments are not JSON, was dropped")


async def _ack(sid: str, data: Any = None, *_more: Any) -> None:
    if _speaks_for_itself(sid, data) and isinstance(data.get("next_message_id"), int):
        NICEGUI["ack"](sid, data)


async def _answer(sid: str, data: Any = None, *_more: Any) -> None:
    if _speaks_for_itself(sid, data) and isinstance(data.get("request_id"), str):
        NICEGUI["javascript_response"](sid, data)


async def _log(_sid: str, *_said: Any) -> None:
    """Take no notice: NiceGUI would write into our log whatever a page likes."""


async def _viewer(environ: dict[str, Any]) -> CurrentUser | None:
    """Return whose session it is now: it may have ended since the websocket was opened."""
    token = cookies.token(HTTPConnection(environ["asgi.scope"]))
    return await sessions.resume(token) if token else None


def _speaks_for_itself(sid: str, data: Any) -> bool:
    socket = connections.get(sid)
    return (
        socket is not None and isinstance(data, dict) and data.get("client_id") == socket.client_id
    )


def _is_flood(line: str) -> bool:
    """Count a frame, of whatever kind, to its session; before it says whose it is, to itself."""
    socket = connections.get(core.sio.manager.sid_from_eio_sid(line, "/") or "")
    try:
        app_context.current().rate_limits.event.consume(
            socket.viewer.session_id if socket else line
        )
    except RateLimited:
        return True
    return False


def _is_event(data: dict[str, Any]) -> bool:
    arguments = data.get("args", [])
    return (
        isinstance(data.get("id"), int)
        and isinstance(data.get("listener_id"), str)
        and isinstance(arguments, list)
        and all(
            argument is None or (isinstance(argument, str) and len(argument) <= MAX_ARGUMENT_BYTES)
            for argument in arguments
        )
    )
