"""What people do with the members of a room: adding, finding, moderating."""

from collections.abc import Mapping
from typing import Any

from chat_ui.handlers import Handlers, callback, form_callback, on
from chat_ui.realtime import protocol
from chat_ui.rooms import member_dialog, members
from services.rooms import memberships, rooms


class MemberHandlers(Handlers):
    """What people do with the members of a room."""

    @on(protocol.AskMembers)
    async def on_members(self, _event: protocol.AskMembers) -> None:
        """Open the dialog with the members of the room that is shown."""
        if self.page.room_id is not None:
            await self._show(self.page.room_id)

    @callback
    async def on_show_members(self, room_id: int) -> None:
        """Open the dialog with the members of a room from another dialog about it."""
        await self._show(room_id)

    @form_callback
    async def on_find_member(self, room_id: int, fields: Mapping[str, Any]) -> None:
        """Show the members whose names hold the words."""
        words = fields.get("words")
        await self._show(room_id, words if isinstance(words, str) else "")

    @form_callback
    async def on_add_member(self, room_id: int, fields: Mapping[str, Any]) -> None:
        """Add somebody to a room."""
        await memberships.add(self.page.viewer, room_id, fields.get("username"))
        await self._show(room_id)

    @form_callback
    async def on_manage_member(self, room_id: int, data: Mapping[str, Any]) -> None:
        """Open the dialog about one member."""
        user_id = protocol.to_int(data.get("user"))
        room = await rooms.get(self.page.viewer, room_id)
        found = await memberships.member(self.page.viewer, room_id, user_id)
        self.page.open_dialog(lambda: member_dialog.show(room, found, self))

    @callback
    async def on_change_role(self, room_id: int, user_id: int, role: str) -> None:
        """Make a member a moderator, or a moderator a member again."""
        await memberships.change_role(self.page.viewer, room_id, user_id, role)
        await self._show(room_id)

    @callback
    async def on_hand_over(self, room_id: int, user_id: int) -> None:
        """Make another member the owner of a room."""
        await memberships.hand_over(self.page.viewer, room_id, user_id)
        await self._show(room_id)

    @form_callback
    async def on_remove_member(self, room_id: int, user_id: int, fields: Mapping[str, Any]) -> None:
        """Remove somebody from a room."""
        await memberships.remove(self.page.viewer, room_id, user_id, fields.get("reason"))
        await self._show(room_id)

    async def _show(self, room_id: int, words: str = "") -> None:
        room = await rooms.get(self.page.viewer, room_id)
        found = await memberships.members(self.page.viewer, room_id, words)
        self.page.open_dialog(lambda: members.show(room, found, words, self))
