"""What people do to find what was said."""

from typing import Any

from chat_ui import dates, inbound
from chat_ui.handlers.base import Handlers, handler
from services import search


class SearchHandlers(Handlers):
    """What people do to find what was said. Searching itself is an address: see addresses.py."""

    async def on_dates(self, room_id: int) -> None:
        """Open the box in which one chooses a day."""
        self.open_box(lambda: dates.show(room_id, self))

    @handler
    async def on_jump(self, room_id: int, event: Any) -> None:
        """Show a room from the beginning of a day on."""
        day = inbound.Filled.read(event.args).get("day")
        seq = await search.seq_on(self.viewer, room_id, day)
        await self.go(f"/rooms/{room_id}/messages/{seq}")
