"""What people do in the box about a room: changing, archiving, deleting and leaving it."""

from typing import Any

from chat_ui.admin import audit_log
from chat_ui.handlers import handler
from chat_ui.realtime import client_events
from chat_ui.rooms import settings as settings_view
from chat_ui.rooms.member_handlers import MemberHandlers
from services.accounts import audit
from services.rooms import memberships, moderation_log, rooms
from services.rooms import settings as room_settings


class OwnershipHandlers(MemberHandlers):
    """What people do in the box about a room."""

    @handler
    async def on_room_settings(self, room_id: int) -> None:
        """Open the box about a room."""
        found = await rooms.get(self.viewer, room_id)
        self.open_dialog(lambda: settings_view.show(found, self))

    @handler
    async def on_rename(self, room_id: int, event: Any) -> None:
        """Give a room another name and topic."""
        filled = client_events.FormData.read(event.args)
        await room_settings.change(
            self.viewer, room_id, name=filled.get("name"), topic=filled.get("topic")
        )
        self.close_dialog()

    @handler
    async def on_announce(self, room_id: int, on: bool) -> None:
        """Have only moderators write, or everybody again."""
        await room_settings.announce(self.viewer, room_id, on=on)
        self.close_dialog()

    @handler
    async def on_archive(self, room_id: int, on: bool) -> None:
        """Put a room into the archive, or bring it back."""
        await room_settings.archive(self.viewer, room_id, on=on)
        self.close_dialog()

    @handler
    async def on_delete_room(self, room_id: int, event: Any) -> None:
        """Delete a room whose name was typed; `live` then shows another."""
        typed = client_events.FormData.read(event.args).get("typed_name")
        await room_settings.delete(self.viewer, room_id, typed)
        self.close_dialog()

    @handler
    async def on_leave(self, room_id: int) -> None:
        """Leave a room; `live` then shows another."""
        self.close_dialog()
        await memberships.leave(self.viewer, room_id)

    @handler
    async def on_room_log(self, room_id: int) -> None:
        """Open the box with what was done in a room."""
        await self._show_log(room_id)

    async def _show_log(self, room_id: int, before: int = audit.NEWEST) -> None:
        found = await moderation_log.of_room(self.viewer, room_id, before)
        self.open_dialog(
            lambda: audit_log.show(found, lambda oldest: self.on_older_log(room_id, oldest))
        )

    @handler
    async def on_older_log(self, room_id: int, before: int) -> None:
        """Show what was done before an entry."""
        await self._show_log(room_id, before)
