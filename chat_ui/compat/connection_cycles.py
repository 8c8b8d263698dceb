"""Serving websockets without reference cycles.

Engine.IO describes a request with a class that it makes each time. Classes are always part of a
cycle, and this one keeps the connection: each closed one would wait for the garbage collector,
which has to look through all the open pages for it. What the class reads is the body of a request,
and a websocket has none.

Gain: 61 % of the memory that a visit leaves behind (2.0 instead of 5.0 KiB a visit; `python -m
benchmarks.compat connection_cycles`). To do without it: `CHAT_COMPAT=connection_cycles`.
"""

from typing import Any

from nicegui import core
from starlette.types import Message, Receive, Scope, Send

from chat_ui.compat.registry import Patch, in_place_of, original

_translate = original(core.sio.eio._async["translate_request"])


@in_place_of(_translate)
async def _describe(scope: Scope, receive: Receive, send: Send) -> dict[str, Any]:
    """Describe a websocket as Engine.IO does, with a class that does not keep the connection."""
    described: dict[str, Any] = await _translate(scope, _Once(receive), send)
    if scope["type"] == "websocket":
        described["wsgi.input"] = None
    return described | {"asgi.receive": receive}


class _Once:
    """Receives once, and forgets from where."""

    def __init__(self, receive: Receive) -> None:
        self._receive: Receive | None = receive

    async def __call__(self) -> Message:
        receive, self._receive = self._receive, None
        assert receive is not None
        return await receive()


def _install() -> None:
    core.sio.eio._async["translate_request"] = _describe


PATCH = Patch(
    name="connection_cycles",
    replaces=("engineio.async_drivers.asgi.translate_request",),
    why="Closed connections with reference cycles stay in memory until the garbage collector finds them.",
    gain="61 % of the memory that a visit leaves behind",
    measured_with="python -m benchmarks.compat connection_cycles",
    tried_with="python-engineio 4.15",
    expects={
        "engineio.async_drivers.asgi:translate_request": "scope, receive, send",
    },
    bodies={
        "engineio.async_drivers.asgi:translate_request": "39e74733f1fe46aa",
    },
    install=_install,
)
