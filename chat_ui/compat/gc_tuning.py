"""Keeping what closed pages leave behind from piling up, and from being looked for all the time.

An open page is thousands of objects that stay, and Python's garbage collector looks through the
youngest every few hundred of them: up to a third of a busy server. To look through the old stops
the server, for about a millisecond for each open page; never to look takes a gigabyte for a day of
people who come and go (`python -m benchmarks --only visitors`).

So a page is to go with the last that holds it, and nothing of it may hold itself: here that is
undone in the page, in NiceGUI's elements, and in what uvicorn and Engine.IO make for a websocket.
What little is still left, two or three KiB each, is looked for once several times as many pages
have closed as are open.

The memory itself the C library keeps for what may come: a server would stay as large as it was at its
busiest moment. From time to time it is asked to give it back.
"""

import asyncio
import ctypes
import gc
import sys
from collections.abc import Callable
from typing import Any

from nicegui import Client, app, core
from nicegui.classes import Classes
from nicegui.observables import ObservableCollection
from nicegui.props import Props
from nicegui.style import Style
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

FEWEST = 1_000
"""So many pages must have closed, however few are open."""
TIMES = 4
"""How many times as many pages must have closed as are open."""
TAB_KEPT_SECONDS = 10.0
"""Seconds for which NiceGUI keeps a store for each tab, empty as it is; as it comes, a month."""

GIVE_BACK_EVERY = 5.0
"""Seconds between two times at which memory is given back, if pages have closed meanwhile."""

_OF_ELEMENTS = (Classes, Props, Style)
_closed = 0
_due = 0
_make = ObservableCollection.__init__
_told: Any = ObservableCollection._change_handlers_with_args
_upgrade = HttpToolsProtocol.handle_websocket_upgrade
_translate = core.sio.eio._async["translate_request"]


def install() -> None:
    """Have Python look for garbage seldom, and NiceGUI make little of it; doing it twice changes
    nothing.
    """
    gc.set_threshold(50_000, 20, 50)
    app.storage.max_tab_storage_age = TAB_KEPT_SECONDS
    ObservableCollection.__init__ = _make_untied  # type: ignore[method-assign,assignment]
    for kind in _OF_ELEMENTS:
        kind._change_handlers_with_args = property(_told_of_change)  # type: ignore[assignment]
    HttpToolsProtocol.handle_websocket_upgrade = _hand_over  # type: ignore[method-assign,assignment]
    core.sio.eio._async["translate_request"] = _describe


def page_closed(client: Client) -> None:
    """Take apart a page that is gone for good; look for what such pages left, when it is time."""
    global _closed, _due
    client.connect_handlers.clear()
    client.disconnect_handlers.clear()
    _due = 4  # not only once: some of what a page had goes many seconds after it
    _closed += 1
    if _closed >= max(FEWEST, TIMES * len(Client.instances)):
        _closed = 0
        gc.collect()


async def give_back() -> None:
    """Give memory that closed pages have left back to the system, until cancelled."""
    global _closed, _due
    trim = _trimmer()
    while True:
        await asyncio.sleep(GIVE_BACK_EVERY)
        if _closed and not Client.instances:  # nobody is there whom it would stop
            _closed = 0
            gc.collect()
        if _due and trim:
            _due -= 1
            await asyncio.to_thread(trim, 0)


def _trimmer() -> Callable[[int], int] | None:
    """Return malloc_trim(3), which glibc has; None where there is no such thing."""
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)


def _make_untied(collection: ObservableCollection, *, on_change: Any = None, **parts: Any) -> None:
    """Make a collection that does not keep its own method: `_told_of_change` finds that anew.

    To look at the method's signature was also half of what an element costs.
    """
    is_own = isinstance(collection, _OF_ELEMENTS)
    _make(collection, on_change=None if is_own else on_change, **parts)


def _told_of_change(collection: Any) -> list[tuple[Any, bool]]:
    """Return who is told of a change to an element's classes, properties or style: itself first."""
    return [(collection._update, False), *_told.fget(collection)]


def _hand_over(http: HttpToolsProtocol) -> None:
    """Hand a connection over to its websocket. The parser of its first line is needed no more, and
    holds on to all that belongs to the connection.
    """
    _upgrade(http)
    http.parser = None  # type: ignore[assignment]


async def _describe(scope: Scope, receive: Receive, send: Send) -> dict[str, Any]:
    """Describe a websocket as Engine.IO does, which makes a class each time: classes are always
    garbage, and this one would hold on to the connection.
    """
    described: dict[str, Any] = await _translate(scope, _Once(receive), send)
    return described | {"asgi.receive": receive}


class _Once:
    """Receives once, and forgets from where."""

    def __init__(self, receive: Receive) -> None:
        self._receive: Receive | None = receive

    async def __call__(self) -> Message:
        receive, self._receive = self._receive, None
        assert receive is not None
        return await receive()
