"""Handling what pages send over websockets, each frame checked before NiceGUI sees it.

A socket may speak only for the page it was opened for, and only for one that its own session
opened. Anything else ends the connection.
"""

import logging
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from nicegui import Client, core
from socketio.exceptions import ConnectionRefusedError as Refuse
from starlette.requests import HTTPConnection

from chat_ui.auth import cookies
from chat_ui.compat import pong_payload, socket_guard
from chat_ui.compat.socket_guard import KINDS, ProtocolError
from chat_ui.realtime import connections, page_owners, session_queue, subscriptions
from chat_ui.realtime.connections import Socket
from services.accounts.sessions import sessions
from services.core import app_context
from services.core.dto import CurrentUser
from services.core.errors import RateLimited
from services.core.i18n import set_language

log = logging.getLogger(__name__)
NICEGUI = socket_guard.nicegui_handlers
"""NiceGUI's own handlers, which ours call once a frame is found good."""
MAX_ARGUMENT_BYTES = 200_000
MAX_ARGUMENT_DEPTH = 32
"""Lists and objects within each other. What NiceGUI can read may be too deep for it to write."""
CLEAN_CLOSE_GRACE_SECONDS = 1.5
"""Seconds for which a page is kept that its browser closed: if a proxy closed the connection
instead, the browser tries again within that time (socket.io, reconnectionDelay)."""

# One that does not end goes to the end of the text, and nothing is tried twice (`*+`): otherwise
# thousands of quotation marks would be looked at again from each of them.
_STRING = re.compile(r'"[^"\\]*+(?:\\.?[^"\\]*+)*+(?:"|\Z)', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")


async def _frame(eio_sid: str, frame: Any) -> None:
    """Take one frame of a websocket; one that no page of ours sends ends the connection."""
    if eio_sid not in core.sio.environ:  # it has ended, and this frame was still on its way
        return
    socket = connections.get(core.sio.manager.sid_from_eio_sid(eio_sid, "/") or "")
    # Counted for its session, or for the connection while that is unknown.
    counted_for = socket.viewer.session_id if socket else eio_sid
    if not isinstance(frame, str) or not frame.startswith(KINDS) or _is_flood(counted_for):
        await _disconnect_socket(eio_sid)
        return
    if socket:
        await session_queue.wait_for_space(socket.viewer.session_id)
        if eio_sid not in core.sio.environ:  # it ended while it waited
            return
    try:
        await NICEGUI["message"](eio_sid, frame)
    except ProtocolError:
        await _disconnect_socket(eio_sid)


async def _disconnect_socket(eio_sid: str) -> None:
    """Tell a page not to reconnect, and close its websocket without waiting for the page."""
    log.debug("a websocket was closed after a malformed frame or too many of them")
    connection = core.sio.eio.sockets.get(eio_sid)
    if sid := core.sio.manager.sid_from_eio_sid(eio_sid, "/"):
        await core.sio.disconnect(sid)
    if connection is not None:
        await connection.close(wait=False)
        await connection.queue.put(None)  # tells the library that nothing more will be sent


async def _connect(sid: str, environ: dict[str, Any], _auth: Any = None) -> None:
    viewer = await _viewer(environ)
    client_id = environ["asgi.scope"]["state"]["page_id"]  # from `AuthMiddleware`
    if viewer is None or not page_owners.owns(client_id, viewer.session_id):
        # On this message NiceGUI's page reloads, and is redirected.
        raise Refuse("Implicit handshake failed")
    connections.add(Socket(sid, client_id, viewer))
    _keep_page(client_id, None)
    try:
        await NICEGUI["connect"](sid, environ)
    except (KeyError, ValueError) as error:  # no page of ours sends that
        connections.remove(sid)
        raise Refuse("Implicit handshake failed") from error
    except Exception:
        connections.remove(sid)
        raise


async def _handshake(sid: str, data: Any = None, *_more: Any) -> bool:
    if _owns_page(sid, data) and isinstance(data.get("tab_id"), str):
        with suppress(KeyError, TypeError, ValueError):  # no page of ours sends that
            return bool(await NICEGUI["handshake"](sid, data))
    await core.sio.disconnect(sid)
    return False


async def _disconnect(sid: str, *_reason: Any) -> None:
    pong_payload.deliver()  # its last read position, as long as it is known whose it is
    socket = connections.get(sid)
    if socket:
        is_clean = socket_guard.closed_cleanly(core.sio.manager.eio_sid_from_sid(sid, "/"))
        _keep_page(socket.client_id, CLEAN_CLOSE_GRACE_SECONDS if is_clean else None)
    connections.remove(sid)
    NICEGUI["disconnect"](sid)


def _keep_page(client_id: str, seconds: float | None) -> None:
    """Keep a page this long after its connection ended; None is the default time."""
    if client := Client.instances.get(client_id):
        client.page.reconnect_timeout = seconds  # the page is this client's own


async def _event(sid: str, data: Any = None, *_more: Any) -> None:
    if not _owns_page(sid, data) or not _is_event(data):
        await core.sio.disconnect(sid)
        return
    if any(map(_is_deep, filter(None, data.get("args", ())))):
        log.debug("dropped an event whose arguments are too deep")
        return
    if page := subscriptions.page_of(data["client_id"]):
        set_language(page.language)  # for the callbacks of its elements
    try:
        NICEGUI["event"](sid, data)
    except (KeyError, RecursionError, ValueError):
        log.debug("dropped an event for no element, or whose arguments are not JSON")


async def _ack(sid: str, data: Any = None, *_more: Any) -> None:
    if _owns_page(sid, data) and isinstance(data.get("next_message_id"), int):
        NICEGUI["ack"](sid, data)


async def _javascript_response(sid: str, data: Any = None, *_more: Any) -> None:
    if _owns_page(sid, data) and isinstance(data.get("request_id"), str):
        NICEGUI["javascript_response"](sid, data)


async def _log(_sid: str, *_data: Any) -> None:
    """Ignore the event: NiceGUI would write what a page sends into the server's log."""


async def _viewer(environ: dict[str, Any]) -> CurrentUser | None:
    """Return the user of the session, which may have ended since the websocket was opened."""
    token = cookies.token(HTTPConnection(environ["asgi.scope"]))
    return await sessions.resume(token) if token else None


def _owns_page(sid: str, data: Any) -> bool:
    socket = connections.get(sid)
    return (
        socket is not None and isinstance(data, dict) and data.get("client_id") == socket.client_id
    )


def _is_flood(key: int | str) -> bool:
    """Count a frame of any kind, and return whether these are too many."""
    try:
        app_context.current().rate_limits.event.consume(key)
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


def _is_deep(argument: str) -> bool:
    """Return whether JSON has more than `MAX_ARGUMENT_DEPTH` levels."""
    if argument.count("[") + argument.count("{") <= MAX_ARGUMENT_DEPTH:  # as nearly always
        return False
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub("", argument)):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_ARGUMENT_DEPTH:
            return True
    return False


HANDLERS: Mapping[str, Callable[..., Any]] = {
    "message": _frame,
    "connect": _connect,
    "handshake": _handshake,
    "disconnect": _disconnect,
    "event": _event,
    "ack": _ack,
    "javascript_response": _javascript_response,
    "log": _log,
}
"""By event; `message` is every frame."""
