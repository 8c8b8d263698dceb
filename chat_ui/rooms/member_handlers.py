"""What people do with those who are in a room: adding, finding, moderating."""

from typing import Any

from chat_ui.handlers import Handlers, handler
from chat_ui.realtime import client_events
from chat_ui.rooms import member_dialog, members
from services.rooms import memberships, rooms


class MemberHandlers(Handlers):
    """What people do with those who are in a room."""

    @handler
    async def on_members(self, room_id: int) -> None:
        """Open the box with who is in a room."""
        await self._show_members(room_id)

    @handler
    async def on_find_member(self, room_id: int, event: Any) -> None:
        """Show the members whose names hold the words."""
        words = client_events.FormData.read(event.args).get("words")
        await self._show_members(room_id, words if isinstance(words, str) else "")

    @handler
    async def on_add_member(self, room_id: int, event: Any) -> None:
        """Bring somebody into a room."""
        username = client_events.FormData.read(event.args).get("username")
        await memberships.add(self.viewer, room_id, username)
        await self._show_members(room_id)

    @handler
    async def on_manage_member(self, room_id: int, event: Any) -> None:
        """Open the box about one member."""
        user_id = client_events.Press.read(event.args).user_id
        room = await rooms.get(self.viewer, room_id)
        found = await memberships.member(self.viewer, room_id, user_id)
        self.open_dialog(lambda: member_dialog.show(room, found, self))

    @handler
    async def on_change_role(self, room_id: int, user_id: int, role: str) -> None:
        """Make a member a moderator, or a moderator a member again."""
        await memberships.change_role(self.viewer, room_id, user_id, role)
        await self._show_members(room_id)

    @handler
    async def on_hand_over(self, room_id: int, user_id: int) -> None:
        """Make another member the owner of a room."""
        await memberships.hand_over(self.viewer, room_id, user_id)
        await self._show_members(room_id)

    @handler
    async def on_remove_member(self, room_id: int, user_id: int, event: Any) -> None:
        """Remove somebody from a room."""
        reason = client_events.FormData.read(event.args).get("reason")
        await memberships.remove(self.viewer, room_id, user_id, reason)
        await self._show_members(room_id)

    async def _show_members(self, room_id: int, words: str = "") -> None:
        room = await rooms.get(self.viewer, room_id)
        found = await memberships.members(self.viewer, room_id, words)
        self.open_dialog(lambda: members.show(room, found, words, self))
