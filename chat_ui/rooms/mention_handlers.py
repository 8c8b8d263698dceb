"""What people do about being called: naming others, marks, levels, and the inbox."""

from typing import Any

from nicegui import ui

from chat_ui import routes
from chat_ui.handlers import Handlers, handler
from chat_ui.layout import Frame
from chat_ui.realtime import client_events, protocol, push
from chat_ui.rooms import notification_settings, unreached_mentions
from services.mentions import autocomplete
from services.rooms import memberships, rooms, unread

COMPOSER = -2
"""Where the bar about names goes in a room's view: just before the composer."""


class MentionHandlers(Handlers):
    """What people do about being called."""

    frame: Frame
    bar: ui.element | None = None
    """What tells whom one has named in vain."""

    @handler
    async def on_names(self, event: Any) -> None:
        """The person types a name: offer whom they may mean."""
        typed = client_events.Names.read(event.args)
        people = await autocomplete.complete(self.viewer, typed.room, typed.start)
        offered = [{"username": each.username, "name": each.display_name} for each in people]
        await push.to_page(self.client.id, protocol.NameSuggestions(typed.asked, offered))

    async def tell_unreached(self, room_id: int, text: str) -> None:
        """Tell the person whom they have just named in vain."""
        found = await autocomplete.unreached(self.viewer, room_id, text)
        if self.bar is not None and not self.bar.is_deleted:
            self.bar.delete()
        if not (found.people or found.uncalled) or room_id != self.room_id:
            return
        with self.frame.main:
            self.bar = unreached_mentions.draw(room_id, found, self)
        self.bar.move(target_index=COMPOSER)

    @handler
    async def on_add_named(self, room_id: int, username: str) -> None:
        """Bring somebody into the room who was named there."""
        await memberships.add(self.viewer, room_id, username)
        if self.bar is not None and not self.bar.is_deleted:
            self.bar.delete()

    async def on_unread_message(self, room_id: int, seq: int) -> None:
        """Mark a room as unread from a message on."""
        await unread.mark_unread(self.viewer, room_id, seq)

    @handler
    async def on_levels(self, room_id: int) -> None:
        """Open the box about what of a room one is called for."""
        found = await rooms.get(self.viewer, room_id)
        self.open_dialog(lambda: notification_settings.show(found, self))

    @handler
    async def on_level(self, room_id: int, event: Any) -> None:
        """Choose what of a room one is called for."""
        chosen = client_events.Level.read(event.args).level
        await unread.set_level(self.viewer, room_id, chosen)
        self.close_dialog()

    @handler
    async def on_inbox(self, before: int) -> None:
        """Show what names one, further back."""
        self.show(await routes.inbox_of(self, before))
