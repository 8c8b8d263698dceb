"""What NiceGUI hears from websockets, each frame checked first.

A socket may speak only for the page it was opened for, and only a page that its own
session opened. Whatever else it says ends it.
"""

import logging
from typing import Any
from urllib.parse import parse_qs

from nicegui import core
from socketio.exceptions import ConnectionRefusedError as Refuse
from starlette.requests import HTTPConnection

from chat_ui.server import cookies, owners, sockets
from chat_ui.server.sockets import Socket
from services import house, sessions
from services.refusal import TooMany
from services.views import Viewer

log = logging.getLogger(__name__)
NICEGUI: dict[str, Any] = {}
"""NiceGUI's own handlers, which ours call once a frame is found good."""
LONGEST_ARGUMENT = 200_000


def install() -> None:
    """Put our handlers before NiceGUI's; doing it twice changes nothing."""
    sio = core.sio
    if not NICEGUI:
        NICEGUI.update(sio.handlers["/"])
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


async def _connect(sid: str, environ: dict[str, Any], _auth: Any = None) -> None:
    viewer = await _viewer(environ)
    client_id = parse_qs(environ.get("QUERY_STRING", "")).get("client_id", [""])[0]
    if viewer is None or not owners.may_speak(client_id, viewer.session_id):
        # These are the words on which NiceGUI's page loads anew, and so finds out.
        raise Refuse("Implicit handshake failed")
    sockets.add(Socket(sid, client_id, viewer))
    try:
        await NICEGUI["connect"](sid, environ)
    except (KeyError, ValueError) as error:  # no page of ours asks so
        sockets.remove(sid)
        raise Refuse("Implicit handshake failed") from error
    except Exception:
        sockets.remove(sid)
        raise


async def _handshake(sid: str, data: Any) -> bool:
    if not _speaks_for_itself(sid, data) or not isinstance(data.get("tab_id"), str):
        await core.sio.disconnect(sid)
        return False
    return bool(await NICEGUI["handshake"](sid, data))


async def _disconnect(sid: str, *_reason: Any) -> None:
    sockets.remove(sid)
    NICEGUI["disconnect"](sid)


async def _event(sid: str, data: Any) -> None:
    if not _speaks_for_itself(sid, data) or not _is_event(data) or _is_flood(sid):
        await core.sio.disconnect(sid)
        return
    try:
        NICEGUI["event"](sid, data)
    except (KeyError, RecursionError, ValueError):
        log.debug("an event for nobody, or whose arguments are not JSON, was dropped")


async def _ack(sid: str, data: Any) -> None:
    if _speaks_for_itself(sid, data) and isinstance(data.get("next_message_id"), int):
        NICEGUI["ack"](sid, data)


async def _answer(sid: str, data: Any) -> None:
    if _speaks_for_itself(sid, data) and isinstance(data.get("request_id"), str):
        NICEGUI["javascript_response"](sid, data)


async def _log(sid: str, data: Any) -> None:
    log.debug("a page says %.500r", data)


async def _viewer(environ: dict[str, Any]) -> Viewer | None:
    """Return whose session it is now: it may have ended since the websocket was opened."""
    token = cookies.token(HTTPConnection(environ["asgi.scope"]))
    return await sessions.resume(token) if token else None


def _speaks_for_itself(sid: str, data: Any) -> bool:
    socket = sockets.get(sid)
    return (
        socket is not None and isinstance(data, dict) and data.get("client_id") == socket.client_id
    )


def _is_flood(sid: str) -> bool:
    socket = sockets.get(sid)
    try:
        house.current().throttles.event.spend(socket.viewer.session_id if socket else 0)
    except TooMany:
        return True
    return False


def _is_event(data: dict[str, Any]) -> bool:
    arguments = data.get("args", [])
    return (
        isinstance(data.get("id"), int)
        and isinstance(data.get("listener_id"), str)
        and isinstance(arguments, list)
        and all(
            argument is None or (isinstance(argument, str) and len(argument) <= LONGEST_ARGUMENT)
            for argument in arguments
        )
    )
