"""What people do to find what was said."""

from typing import Any

from chat_ui.handlers import Handlers, handler
from chat_ui.realtime import client_events
from chat_ui.rooms import jump_to_date
from services.search import search


class SearchHandlers(Handlers):
    """What people do to find what was said. Searching itself is an address: see addresses.py."""

    async def on_dates(self, room_id: int) -> None:
        """Open the box in which one chooses a day."""
        self.open_dialog(lambda: jump_to_date.show(room_id, self))

    @handler
    async def on_jump(self, room_id: int, event: Any) -> None:
        """Show a room from the beginning of a day on."""
        day = client_events.FormData.read(event.args).get("day")
        seq = await search.seq_on(self.viewer, room_id, day)
        await self.go(f"/rooms/{room_id}/messages/{seq}")
