"""What a page says of itself, rather than by a button that Python drew: one listener hears it all.

NiceGUI keeps each listener of each page, and writes it into the page; these are on every one.
"""

from copy import copy
from typing import Any

from chat_ui.handlers import Handlers, handler
from chat_ui.realtime import client_events

HEARD = {
    "act": "on_act",
    "ask": "on_ask",
    "catchup": "on_catch_up",
    "edit": "on_edit",
    "names": "on_names",
    "navigate": "on_navigate",
    "older": "on_older",
    "ownvotes": "on_own_votes",
    "react": "on_react",
    "read": "on_read",
    "seek": "on_seek",
    "send": "on_send",
    "stir": "on_stir",
    "talk": "on_talk",
    "typing": "on_typing",
    "vote": "on_vote",
    "watch": "on_watch",
    "zone": "on_zone",
}
"""By the name of an event in the browser: the handler that reads its `detail`."""


class Hearing(Handlers):
    """What a page says of itself."""

    @handler
    async def on_say(self, event: Any) -> None:
        """The page says something: let whoever it is for hear it."""
        said = client_events.Envelope.read(event.args)
        if said.event not in HEARD:
            raise client_events.malformed()
        heard = copy(event)
        heard.args = {"detail": said.detail}
        await getattr(self, HEARD[said.event])(heard)
