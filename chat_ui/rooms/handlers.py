"""What people do with rooms: opening, making, finding and joining them."""

from typing import Any

from chat_ui import routes
from chat_ui.components import shortcuts
from chat_ui.handlers import Handlers, handler
from chat_ui.realtime import client_events
from chat_ui.rooms import create
from services.core import app_context
from services.rooms import memberships, rooms

ASKS = frozenset({"dates", "levels", "members", "new_poll", "pins", "room_settings"})
"""What a button may ask for; each is a handler `on_{name}` that takes the room's number."""
ASKS_ANYWHERE = frozenset({"keys", "new_room", "user_menu"})
"""The same of those that are for no room, and take nothing."""


class RoomHandlers(Handlers):
    """What people do with rooms."""

    @handler
    async def on_navigate(self, event: Any) -> None:
        """The person followed a link within the chat."""
        path = client_events.Navigate.read(event.args).path
        app_context.current().rate_limits.look.consume(self.viewer.user_id)
        await self.open(path)

    @handler
    async def on_ask(self, event: Any) -> None:
        """The person pressed a button, or a key: show what it is for."""
        what = client_events.Ask.read(event.args).what
        if what in ASKS_ANYWHERE:
            await getattr(self, f"on_{what}")()
        elif self.room_id is not None and what in ASKS:
            await getattr(self, f"on_{what}")(self.room_id)

    @handler
    async def on_keys(self) -> None:
        """Open the box with the keys that do something."""
        self.open_dialog(shortcuts.show)

    @handler
    async def on_new_room(self) -> None:
        """Open the box for a new room."""
        self.open_dialog(lambda: create.show(self.on_create))

    @handler
    async def on_create(self, event: Any) -> None:
        """Make the room that was filled in, and open it."""
        filled = client_events.FormData.read(event.args)
        room_id = await rooms.create(
            self.viewer,
            name=filled.get("name"),
            topic=filled.get("topic"),
            private=filled.get("private") == "on",
        )
        await self.go(f"/rooms/{room_id}")

    @handler
    async def on_find(self, event: Any) -> None:
        """Show the public rooms that hold the words."""
        words = client_events.FormData.read(event.args).get("words")
        self.show(await routes.find(self, words if isinstance(words, str) else ""))

    @handler
    async def on_find_mine(self, event: Any) -> None:
        """Show those of one's own rooms that hold the words."""
        words = client_events.FormData.read(event.args).get("words")
        self.show(await routes.find_mine(self, words if isinstance(words, str) else ""))

    @handler
    async def on_join(self, room_id: int) -> None:
        """Come into a public room."""
        await memberships.join(self.viewer, room_id)
        await self.go(f"/rooms/{room_id}")
