"""Tells authors which people their message mentioned but did not reach."""

from chat_ui.handlers import Handlers, callback
from chat_ui.messages import unreached_mentions
from services.mentions import autocomplete
from services.rooms import memberships

BEFORE_COMPOSER = -2
"""The position of the bar among the parts of a room's view."""


class UnreachedHandlers(Handlers):
    """The bar about people who were mentioned and not reached."""

    async def show(self, room_id: int, text: str) -> None:
        """Show the people that a text mentioned but did not reach, if any."""
        found = await autocomplete.unreached(self.page.viewer, room_id, text)
        self._close()
        if not (found.people or found.denied) or room_id != self.page.room_id:
            return

        async def on_add(username: str) -> None:
            await self.on_add_named(room_id, username)

        with self.page.main:
            bar = self.page.unreached_bar = unreached_mentions.draw(found, on_add)
        bar.move(target_index=BEFORE_COMPOSER)

    @callback
    async def on_add_named(self, room_id: int, username: str) -> None:
        """Add a person who was mentioned to the room."""
        await memberships.add(self.page.viewer, room_id, username)
        self._close()

    def _close(self) -> None:
        bar = self.page.unreached_bar
        if bar is not None and not bar.is_deleted:
            bar.delete()
