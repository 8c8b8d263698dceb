"""What people do with the members of a room: adding, finding, moderating."""

from collections.abc import Mapping
from typing import Any

from chat_ui.components.overlays.panel import Panel
from chat_ui.handlers import Handlers, callback, form_callback
from chat_ui.realtime import validation
from chat_ui.rooms.members import invitations as invitations_view
from chat_ui.rooms.members import member_dialog, members
from chat_ui.view import View
from services.core.i18n import _
from services.rooms import rooms
from services.rooms.members import invitations, memberships


class MemberHandlers(Handlers):
    """What people do with the members of a room."""

    @callback
    async def on_show_members(self, room_id: int) -> None:
        """Open the panel with the members of a room from a dialog about it."""
        await self._show(room_id)

    @form_callback
    async def on_find_member(self, room_id: int, fields: Mapping[str, Any]) -> None:
        """Show the members whose names hold the words."""
        words = fields.get("words")
        await self._show(room_id, words if isinstance(words, str) else "")

    @form_callback
    async def on_add_member(self, room_id: int, fields: Mapping[str, Any]) -> None:
        """Add somebody to a room."""
        if not await memberships.add(self.page.viewer, room_id, fields.get("username")):
            self.page.notify(_("Invitation sent. They join when they accept."), good=True)
        await self._show(room_id)

    async def invitations(self) -> View:
        """Return the view of the invitations of the person."""
        found = await invitations.mine(self.page.viewer)
        return View(_("Invitations"), lambda: invitations_view.draw(found, self))

    @callback
    async def on_accept_invitation(self, room_id: int) -> None:
        """Become a member of a room, and show it."""
        await invitations.accept(self.page.viewer, room_id)
        await self.page.navigation.go(f"/rooms/{room_id}")

    @callback
    async def on_decline_invitation(self, room_id: int) -> None:
        """Decline an invitation, and offer to undo that."""
        await invitations.decline(self.page.viewer, room_id)
        await self.page.navigation.open("/invitations")
        self.page.offer_undo(_("Invitation declined."), lambda: self.on_restore_invitation(room_id))

    @callback
    async def on_restore_invitation(self, room_id: int) -> None:
        """Show an invitation again that was just declined."""
        await invitations.restore(self.page.viewer, room_id)
        if self.page.navigation.path == "/invitations":
            await self.page.navigation.open("/invitations")

    @form_callback
    async def on_manage_member(self, room_id: int, data: Mapping[str, Any]) -> None:
        """Open the dialog about one member."""
        user_id = validation.to_int(data.get("user"))
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

    async def panel(self, room_id: int, words: str = "") -> Panel:
        """Return the panel with the members of a room whose names hold `words`."""
        room = await rooms.get(self.page.viewer, room_id)
        found = await memberships.members(self.page.viewer, room_id, words)
        return members.panel(room, found, words, self)

    async def _show(self, room_id: int, words: str = "") -> None:
        """Show the members of a room that is shown, as they are now."""
        self.page.close_dialog()
        if self.page.navigation.path == members.address(room_id):
            shown = await self.panel(room_id, words)
            self.page.open_panel(shown, room_id, members.address(room_id))
        else:
            await self.page.navigation.go(members.address(room_id))
