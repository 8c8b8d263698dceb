"""What people do about mentions: completing names, the inbox, and what notifies them."""

from collections.abc import Mapping
from typing import Any

from chat_ui.components.listed import Entries, Listed
from chat_ui.handlers import Handlers, callback, form_callback, on
from chat_ui.realtime import protocol, push, validation
from chat_ui.rooms.notifications import mention_inbox, notification_settings
from chat_ui.view import View
from services.accounts.names.name_search import indexed
from services.core.i18n import _
from services.mentions import autocomplete
from services.messages import inbox
from services.rooms import rooms
from services.rooms.members import member_settings


class MentionHandlers(Handlers):
    """Handlers for mentions."""

    @on(protocol.CompleteName)
    async def on_complete_name(self, typed: protocol.CompleteName) -> None:
        """The person types a name: suggest people to mention."""
        people = await autocomplete.complete(self.page.viewer, typed.room, typed.start)
        suggested = [
            {
                "username": each.username,
                "name": each.display_name,
                "words": indexed(each.display_name, each.username),
            }
            for each in people
        ]
        await push.to_page(self.page.client.id, protocol.NameSuggestions(typed.asked, suggested))

    @on(protocol.AskNotificationSettings)
    async def on_notification_settings(self, _event: protocol.AskNotificationSettings) -> None:
        """Open the notification settings of a room."""
        if self.page.room_id is None:
            return
        found = await rooms.get(self.page.viewer, self.page.room_id)

        async def on_choose(event: Any) -> None:
            await self.on_level(found.room_id, event)

        self.page.open_dialog(lambda: notification_settings.show(found, on_choose))

    @form_callback
    async def on_level(self, room_id: int, data: Mapping[str, Any]) -> None:
        """Set the notification level of a room."""
        await member_settings.set_level(self.page.viewer, room_id, data.get("level"))
        self.page.close_dialog()

    @on(protocol.Favourite)
    async def on_favourite(self, event: protocol.Favourite) -> None:
        """Put a room among the favourites, or take it out."""
        room_id = validation.to_int(event.room)
        await member_settings.set_favourite(self.page.viewer, room_id, on=event.set == "on")

    async def inbox(self, before: int | None) -> View:
        """Return the view of messages that mention the person, older than `before`."""
        found = await inbox.mine(self.page.viewer, before)

        async def again() -> Entries:
            now = await inbox.mine(self.page.viewer, before)
            return mention_inbox.entries(now), [each.message for each in now.found]

        def draw() -> None:
            shown = mention_inbox.draw(found, self.on_older_mentions)
            self.page.listed = Listed(shown, [each.message for each in found.found], again)

        return View(_("Mentions"), draw)

    @callback
    async def on_older_mentions(self, before: int) -> None:
        """Show older mentions."""
        self.page.navigation.show(await self.inbox(before))
