"""Cutting off pages whose session has ended, wherever it was ended."""

import asyncio
import logging

from nicegui import core

from chat_ui.realtime import connections, page_owners, protocol, push, subscriptions
from chat_ui.realtime.connections import Socket
from models.clock import now
from services.accounts import sessions
from services.db import database

log = logging.getLogger(__name__)
EVERY = 0.4
"""Seconds between two looks: a session that ends is cut off within a second."""
TOUCH_EVERY = 300
"""Seconds between two notes that the sessions of open pages are in use."""


async def watch() -> None:
    """Look for ended sessions until cancelled.

    It asks the database, not only this process: `reset-password` runs in another one. And it
    asks for the open sessions, not for what ended lately: so a clock put back hides nothing.
    """
    since_touch = 0.0
    looked: object = None
    while True:
        await asyncio.sleep(EVERY)
        try:
            open_now = connections.everyone()
            if open_now:
                asked = {socket.viewer.session_id for socket in open_now}
                state = database.current().version(), asked
                # While nothing is stored, the answer is the same: on a quiet night none is asked.
                ended = set() if state == looked else await sessions.which_ended(asked)
                looked = state if state[0] is not None else None
                moment = now()
                await _cut(
                    [
                        socket
                        for socket in open_now
                        if socket.viewer.session_id in ended or socket.viewer.expires_at <= moment
                    ]
                )
            since_touch += EVERY
            if open_now and since_touch >= TOUCH_EVERY:
                since_touch = 0.0
                await sessions.touch({socket.viewer.session_id for socket in open_now})
        except Exception:
            log.exception("looking for ended sessions failed; trying again")


async def _cut(ended: list[Socket]) -> None:
    """Tell the pages to leave, then close their sockets; a browser does not come back on its own."""
    for socket in ended:
        await push.to_page(socket.sid, protocol.SessionEnded())
        await core.sio.disconnect(socket.sid)
        # NiceGUI lets go of the page itself, a while after its socket; doing it twice is an error.
        page_owners.release(socket.client_id)
        subscriptions.remove_page(socket.client_id)
