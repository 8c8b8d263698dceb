"""Tells authors which of their mentions notify nobody."""

from chat_ui.handlers import Handlers, callback
from chat_ui.messages import undelivered_mentions
from services.core.i18n import _
from services.mentions import autocomplete
from services.messages.rendering import facts
from services.rooms.members import memberships


class UndeliveredMentionHandlers(Handlers):
    """Handlers of the bar about mentions that notify nobody."""

    async def show(self, room_id: int, html: str | None) -> None:
        """Show the mentions of a message that notify nobody, if any, by its stored HTML."""
        found = await autocomplete.undelivered(self.page.viewer, room_id, facts.names(html))
        self._close()
        if not (found.people or found.denied) or room_id != self.page.room_id:
            return

        async def on_add(username: str) -> None:
            await self.on_add_named(room_id, username)

        with self.page.main:
            bar = self.page.undelivered_bar = undelivered_mentions.draw(found, on_add)
        parts = self.page.main.default_slot.children
        bar.move(target_index=len(parts) - 2)  # the composer is the last of the others

    @callback
    async def on_add_named(self, room_id: int, username: str) -> None:
        """Add a person who was mentioned to the room."""
        if not await memberships.add(self.page.viewer, room_id, username):
            self.page.notify(_("Invitation sent. They join when they accept."), good=True)
        self._close()

    def _close(self) -> None:
        bar = self.page.undelivered_bar
        if bar is not None and not bar.is_deleted:
            bar.delete()
