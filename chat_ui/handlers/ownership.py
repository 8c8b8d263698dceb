"""What people do in the box about a room: changing, archiving, deleting and leaving it."""

from typing import Any

from chat_ui import audit_log, inbound, room_settings
from chat_ui.handlers.base import handler
from chat_ui.handlers.members import MemberHandlers
from services import audit, memberships, ownership, rooms


class OwnershipHandlers(MemberHandlers):
    """What people do in the box about a room."""

    @handler
    async def on_room_settings(self, room_id: int) -> None:
        """Open the box about a room."""
        found = await rooms.get(self.viewer, room_id)
        self.open_box(lambda: room_settings.show(found, self))

    @handler
    async def on_rename(self, room_id: int, event: Any) -> None:
        """Give a room another name and topic."""
        filled = inbound.Filled.read(event.args)
        await ownership.change(
            self.viewer, room_id, name=filled.get("name"), topic=filled.get("topic")
        )
        self.close_box()

    @handler
    async def on_announce(self, room_id: int, on: bool) -> None:
        """Have only moderators write, or everybody again."""
        await ownership.announce(self.viewer, room_id, on=on)
        self.close_box()

    @handler
    async def on_archive(self, room_id: int, on: bool) -> None:
        """Put a room into the archive, or bring it back."""
        await ownership.archive(self.viewer, room_id, on=on)
        self.close_box()

    @handler
    async def on_delete_room(self, room_id: int, event: Any) -> None:
        """Delete a room whose name was typed; `live` then shows another."""
        typed = inbound.Filled.read(event.args).get("typed_name")
        await ownership.delete(self.viewer, room_id, typed)
        self.close_box()

    @handler
    async def on_leave(self, room_id: int) -> None:
        """Leave a room; `live` then shows another."""
        self.close_box()
        await memberships.leave(self.viewer, room_id)

    @handler
    async def on_room_log(self, room_id: int) -> None:
        """Open the box with what was done in a room."""
        await self._show_log(room_id)

    async def _show_log(self, room_id: int, before: int = audit.NEWEST) -> None:
        found = await audit.of_room(self.viewer, room_id, before)
        self.open_box(
            lambda: audit_log.show(found, lambda oldest: self.on_older_log(room_id, oldest))
        )

    @handler
    async def on_older_log(self, room_id: int, before: int) -> None:
        """Show what was done before an entry."""
        await self._show_log(room_id, before)
