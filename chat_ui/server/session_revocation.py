"""Disconnects pages whose session has ended, also when another process ended it."""

import asyncio
import logging

from nicegui import core

from chat_ui.realtime import connections, page_owners, protocol, push, subscriptions
from chat_ui.realtime.connections import Socket
from models.clock import now
from services.accounts import sessions
from services.db import database

log = logging.getLogger(__name__)
CHECK_EVERY_SECONDS = 0.4
"""Seconds between two checks: a session's pages are disconnected within a second of its end."""
TOUCH_EVERY_SECONDS = 300
"""Seconds between two updates of when the sessions of open pages were last used."""


async def watch() -> None:
    """Check for ended sessions until cancelled.

    It asks the database, as `reset-password` runs in another process. And it asks about the open
    sessions, not about those that ended lately, so that a clock put back hides nothing.
    """
    since_touch = 0.0
    checked: object = None
    while True:
        await asyncio.sleep(CHECK_EVERY_SECONDS)
        try:
            open_now = connections.everyone()
            if open_now:
                asked = {socket.viewer.session_id for socket in open_now}
                state = database.current().version(), asked
                # The answer cannot have changed while nothing was written to the database.
                ended = set() if state == checked else await sessions.which_ended(asked)
                checked = state if state[0] is not None else None
                moment = now()
                await _disconnect(
                    [
                        socket
                        for socket in open_now
                        if socket.viewer.session_id in ended or socket.viewer.expires_at <= moment
                    ]
                )
            since_touch += CHECK_EVERY_SECONDS
            if open_now and since_touch >= TOUCH_EVERY_SECONDS:
                since_touch = 0.0
                await sessions.touch({socket.viewer.session_id for socket in open_now})
        except Exception:
            log.exception("failed to check for ended sessions; trying again")


async def _disconnect(ended: list[Socket]) -> None:
    """Tell pages that their session has ended, then close their sockets."""
    for socket in ended:
        await push.to_page(socket.sid, protocol.SessionEnded())
        await core.sio.disconnect(socket.sid)
        # NiceGUI deletes the page itself, some seconds after its socket; twice is an error.
        page_owners.release(socket.client_id)
        subscriptions.remove_page(socket.client_id)
