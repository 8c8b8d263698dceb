"""Disconnects pages whose session has ended.

The end of a session is an event, and the user's pages are looked at at once. Events may get lost,
and sessions end by their age: so all are looked at now and then.
"""

import asyncio
import logging
import time
from contextlib import suppress

from nicegui import core

from chat_ui.realtime import connections, page_owners, protocol, push, subscriptions
from chat_ui.realtime.connections import Socket
from chat_ui.server.protocols import websocket_connection
from models.clock import now
from services.accounts.sessions import sessions
from services.core import events, joined
from services.core.dto import CurrentUser

log = logging.getLogger(__name__)
CHECK_EVERY_SECONDS = 0.4
"""Seconds between two checks, unless a session ends."""
LOOK_FOR_SECONDS = 1.0
"""Seconds for which a user's pages are looked at after an end: one may just have been opening."""
ALL_EVERY_SECONDS = 10.0
"""Seconds between two looks at all sessions."""
ALL_EVERY_AMONG_SEVERAL = 0.5
"""The same where other processes end sessions, which may not be heard."""
TOUCH_EVERY_SECONDS = 300.0
"""Seconds between two updates of when the sessions of open pages were last used."""
CLOSE_SECONDS = 0.3
"""Seconds in which a page has to take the news before its connection is dropped."""


async def watch() -> None:
    """Check for ended sessions until cancelled."""
    watching = _Watch()
    unsubscribe = events.subscribe(events.SessionsEnded, watching.on_ended, everywhere=True)
    try:
        while True:
            await watching.wait()
            try:
                await watching.check()
            except Exception:
                log.exception("Failed to check for ended sessions, trying again")
    finally:
        unsubscribe()


class _Watch:
    """Whose pages are to be looked at, and when all are."""

    def __init__(self) -> None:
        self._wake = asyncio.Event()
        self._until: dict[int, float] = {}
        """By user whose sessions have ended: until when their pages are looked at."""
        self._next_look = time.monotonic()
        self._next_touch = self._next_look + TOUCH_EVERY_SECONDS

    def on_ended(self, event: events.SessionsEnded) -> None:
        """Have the pages of a user looked at now."""
        self._until[event.user_id] = time.monotonic() + LOOK_FOR_SECONDS
        self._wake.set()

    async def wait(self) -> None:
        """Wait until the next check, or until sessions end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CHECK_EVERY_SECONDS):
                await self._wake.wait()
        self._wake.clear()

    async def check(self) -> None:
        """Disconnect the pages whose session has ended, as far as there may be any."""
        moment = time.monotonic()
        if moment >= self._next_look:
            await _disconnect_ended(_viewers())
            is_alone = joined.current() is None
            self._next_look = moment + (ALL_EVERY_SECONDS if is_alone else ALL_EVERY_AMONG_SEVERAL)
        elif self._until:
            await _disconnect_ended([each for each in _viewers() if each.user_id in self._until])
        self._until = {user: until for user, until in self._until.items() if until > moment}
        if moment >= self._next_touch:
            self._next_touch = moment + TOUCH_EVERY_SECONDS
            if open_now := {viewer.session_id for viewer in _viewers()}:
                await sessions.touch(open_now)


def _viewers() -> list[CurrentUser]:
    """Return whose the open pages and websockets are."""
    # A websocket need not belong to a page: its client may have said nothing yet. And a page is
    # kept for some seconds without a websocket, while events that it sent may still wait.
    return [
        *(page.viewer for page in subscriptions.pages().values()),
        *(socket.viewer for socket in connections.everyone()),
        *websocket_connection.viewers().values(),
    ]


async def _disconnect_ended(viewers: list[CurrentUser]) -> None:
    """Disconnect the pages and websockets of those of these viewers whose session has ended.

    The database is asked about the open sessions, not about those that ended lately, so that a
    clock put back hides nothing.
    """
    if not viewers:
        return
    ended = await sessions.which_ended({viewer.session_id for viewer in viewers})
    moment = now()
    ended |= {viewer.session_id for viewer in viewers if viewer.expires_at <= moment}
    if not ended:
        return
    page_owners.release_all(ended)
    for websocket, viewer in websocket_connection.viewers().items():
        if viewer.session_id in ended:
            websocket.drop_in(CLOSE_SECONDS)
    for socket in connections.everyone():
        if socket.viewer.session_id in ended:
            try:
                await _disconnect(socket)
            except Exception:
                log.exception("Failed to disconnect a page; its websocket is dropped")


async def _disconnect(socket: Socket) -> None:
    """Tell a page that its session has ended, then close its socket."""
    await push.to_page(socket.sid, protocol.SessionEnded())
    await core.sio.disconnect(socket.sid)
    # NiceGUI deletes the page itself, some seconds after its socket; twice is an error.
    subscriptions.remove_page(socket.client_id)
