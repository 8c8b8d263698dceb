"""Checking every frame of a websocket before Engine.IO, Socket.IO and NiceGUI act on it.

They trust what a page sends: any packet, any event, any number of attachments that are kept until
all of them are there. Here a frame has to be one of the few that our pages send, and our handlers
(`chat_ui.server.socket_events`) come before NiceGUI's. No library offers this as an option; the
size of a frame is one, and is set here with the rest.

The guard also knows the transport of each websocket, so that one whose browser takes nothing any
more can be aborted, and with which code a browser closed it.

Safety rests on this: it cannot be switched off, and when a library changes, the chat does not start.
"""

from collections.abc import Callable, Mapping
from typing import Any

from engineio.async_socket import AsyncSocket
from engineio.exceptions import SocketIsClosedError
from engineio.packet import CLOSE, MESSAGE, PONG
from engineio.packet import Packet as EngineIOPacket
from nicegui import core
from nicegui.sub_pages_router import SubPagesRouter
from socketio.packet import CONNECT, DISCONNECT, EVENT, Packet
from starlette.types import Message, Receive, Scope, Send

from chat_ui.compat.registry import ANY, Patch, in_place_of, original

Handler = Callable[..., Any]
MAX_FRAME_BYTES = 256 * 1024
"""Bytes of one frame: the longest argument of an event, and what is around it."""
EVENTS = ("handshake", "event", "ack", "javascript_response", "log")
"""The events that NiceGUI's pages send, besides opening and closing."""
KINDS = tuple(str(kind) for kind in (CONNECT, DISCONNECT, EVENT))
"""How a Socket.IO frame of a page begins. The other kinds announce attachments, or answer what the
server never asks."""
CLEAN_CLOSE_CODES = {1000, 1001}
"""How a browser closes what it needs no more, as when its page is closed (RFC 6455 §7.4.1)."""

transports: dict[AsyncSocket, Any] = {}
"""What carries each connection, as long as it is open."""
nicegui_handlers: dict[str, Handler] = {}
"""NiceGUI's own handlers by event, and Socket.IO's for a whole frame as `message`."""
_handlers: dict[str, Handler] = {}
_pong_listeners: list[Callable[[str, Any], None]] = []
_open_listeners: list[Callable[[AsyncSocket, Any], None]] = []
_receive = original(AsyncSocket.receive)
_upgrade = original(AsyncSocket._upgrade_websocket)
_open_sub_page = original(SubPagesRouter._handle_open)
_navigate = original(SubPagesRouter._handle_navigate)


class ProtocolError(ValueError):
    """A frame that no page of ours sends."""


class Frame(Packet):  # type: ignore[misc]  # the library has no types
    """A Socket.IO packet, of the few shapes that pages send."""

    def decode(self, encoded_packet: str) -> int:
        """Read a frame; raise `ProtocolError` if it is malformed or no event that we know."""
        try:
            super().decode(encoded_packet)
        except (ValueError, RecursionError) as error:
            raise ProtocolError from error
        if self.packet_type == EVENT and not (
            isinstance(self.data, list) and self.data and self.data[0] in EVENTS
        ):
            raise ProtocolError
        return 0


def handle_with(handlers: Mapping[str, Handler]) -> None:
    """Have these handle what pages send, by event; `message` is every frame."""
    _handlers.update(handlers)


def on_pong(listener: Callable[[str, Any], None]) -> None:
    """Have `listener` told what came with the answer to a ping: Engine.IO's id, and the data."""
    if listener not in _pong_listeners:
        _pong_listeners.append(listener)


def on_open(listener: Callable[[AsyncSocket, Any], None]) -> None:
    """Have `listener` told of each connection that opens, and what carries it."""
    if listener not in _open_listeners:
        _open_listeners.append(listener)


def watch(scope: Scope, receive: Receive, send: Send) -> Receive:
    """Note what carries a websocket, where uvicorn's own `send` is still at hand.

    Return a `receive` that notes with which code the browser closed it.
    """
    state = scope["state"]
    state["transport"] = getattr(getattr(send, "__self__", None), "transport", None)

    async def noting() -> Message:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            state["close_code"] = message.get("code")
        return message

    return noting


def closed_cleanly(eio_sid: str) -> bool:
    """Tell, while a connection ends, whether its browser meant it to: then it will not come back."""
    environ = core.sio.environ.get(eio_sid)
    return bool(environ) and environ["asgi.scope"]["state"].get("close_code") in CLEAN_CLOSE_CODES


@in_place_of(_upgrade)
async def _upgrade_websocket(connection: AsyncSocket, environ: dict[str, Any]) -> Any:
    """Serve a websocket until its end, and know its transport for so long."""
    transport = environ["asgi.scope"]["state"]["transport"]
    if transport is None:
        raise RuntimeError("the transport of a websocket is unknown: it could not be aborted")
    transports[connection] = transport
    for opened in _open_listeners:
        opened(connection, transport)
    try:
        return await _upgrade(connection, environ)
    except (ValueError, RecursionError):  # a frame that is not even a packet
        connection.queue.put_nowait(None)
        await connection.close(wait=False, abort=True)
        return ""


@in_place_of(_receive)
async def _receive_packet(connection: AsyncSocket, packet: EngineIOPacket) -> None:
    """Take one Engine.IO packet; a kind that no page sends ends the connection."""
    if packet.packet_type not in (MESSAGE, PONG, CLOSE):
        raise SocketIsClosedError
    if packet.packet_type == PONG:
        note_pong(connection, packet)
    await _receive(connection, packet)


def note_pong(connection: AsyncSocket, packet: EngineIOPacket) -> None:
    """Tell the listeners what came with the answer to a ping."""
    # Only an answer counts: who beats faster than asked says nothing more by it.
    if packet.data and connection.last_ping:
        for listener in _pong_listeners:
            listener(connection.sid, packet.data)


@in_place_of(_open_sub_page)
async def _ignore(_router: SubPagesRouter, _path: object) -> bool:
    """Ignore what a page asks of NiceGUI's sub pages: there are none, and it may send anything."""
    return True


def _unexpected_handlers() -> str:
    found = nicegui_handlers or core.sio.handlers.get("/", {})
    expected = {"connect", "disconnect", *EVENTS}
    odd = expected ^ (set(found) - {"message"})
    return f"NiceGUI's events differ by {', '.join(sorted(odd))}" if odd else ""


def _install() -> None:
    for method in ("_handle_open", "_handle_navigate"):
        setattr(SubPagesRouter, method, _ignore)
    sio = core.sio
    if not nicegui_handlers:
        nicegui_handlers.update(sio.handlers["/"])
        nicegui_handlers["message"] = sio.eio.handlers["message"]
    if missing := set(nicegui_handlers) - set(_handlers):
        raise RuntimeError(f"nothing handles {', '.join(sorted(missing))}")
    AsyncSocket.receive = _receive_packet
    AsyncSocket._upgrade_websocket = _upgrade_websocket
    sio.packet_class = Frame
    sio.eio.max_http_buffer_size = MAX_FRAME_BYTES
    for event, handler in _handlers.items():
        (sio.eio if event == "message" else sio).on(event, handler)


PATCH = Patch(
    name="socket_guard",
    replaces=(
        "engineio.async_socket.AsyncSocket.receive",
        "engineio.async_socket.AsyncSocket._upgrade_websocket",
        "nicegui.sub_pages_router.SubPagesRouter._handle_open",
        "nicegui.sub_pages_router.SubPagesRouter._handle_navigate",
        "socketio.AsyncServer.packet_class",
        "socketio.AsyncServer.handlers",
        "engineio.AsyncServer.handlers",
        "engineio.AsyncServer.max_http_buffer_size",
    ),
    why="A page may send only what our pages send, and only for itself.",
    gain="safety, not speed",
    measured_with="pytest tests/chat_ui/server/test_guard.py",
    tried_with="nicegui 3.18, python-engineio 4.15, python-socketio 5.18, uvicorn 0.54",
    expects={
        "engineio.async_socket:AsyncSocket.receive": "self, pkt",
        "engineio.async_socket:AsyncSocket._upgrade_websocket": "self, environ",
        "engineio.async_socket:AsyncSocket.close": "self, wait, abort, reason",
        "engineio.packet:packet_names": ANY,
        "socketio.packet:Packet.decode": "self, encoded_packet",
        "socketio.async_server:AsyncServer._handle_eio_message": "self, eio_sid, data",
        "nicegui.sub_pages_router:SubPagesRouter._handle_open": "self, path",
        "nicegui.sub_pages_router:SubPagesRouter._handle_navigate": "self, path",
        "nicegui.nicegui:_on_connect": "sid, data, _",
        "nicegui.nicegui:_on_handshake": "sid, data",
        "nicegui.nicegui:_on_disconnect": "sid",
        "nicegui.nicegui:_on_event": "_, msg",
        "nicegui.nicegui:_on_ack": "_, msg",
        "nicegui.nicegui:_on_javascript_response": "_, msg",
        "uvicorn.protocols.websockets.wsproto_impl:WSProtocol.connection_made": "self, transport",
        "uvicorn.protocols.websockets.wsproto_impl:WSProtocol.send": ANY,
    },
    check=_unexpected_handlers,
    install=_install,
)
