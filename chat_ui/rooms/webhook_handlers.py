"""What moderators do with the webhooks of a room."""

from collections.abc import Mapping
from typing import Any

from chat_ui.handlers import Handlers, callback, form_callback
from chat_ui.rooms import webhooks as webhooks_view
from services.core.errors import NotFound
from services.rooms import rooms
from services.webhooks import webhooks


class WebhookHandlers(Handlers):
    """What moderators do with the webhooks of a room."""

    @callback
    async def on_show_webhooks(self, room_id: int) -> None:
        """Open the dialog with the webhooks of a room."""
        found = await webhooks.of_room(self.page.viewer, room_id)
        room = await rooms.get(self.page.viewer, room_id)
        self.page.open_dialog(lambda: webhooks_view.show(room, found, self))

    @form_callback
    async def on_create_webhook(self, room_id: int, fields: Mapping[str, Any]) -> None:
        """Create a webhook, and show its address."""
        token = await webhooks.create(self.page.viewer, room_id, fields.get("name"))
        address = self.page.link(f"/hooks/{token}")
        self.page.open_dialog(lambda: webhooks_view.show_address(room_id, address, self))

    @callback
    async def on_manage_webhook(self, room_id: int, webhook_id: int) -> None:
        """Open the dialog about one webhook."""
        found = await webhooks.of_room(self.page.viewer, room_id)
        room = await rooms.get(self.page.viewer, room_id)
        one = next((each for each in found if each.webhook_id == webhook_id), None)
        if one is None:
            raise NotFound
        self.page.open_dialog(lambda: webhooks_view.show_one(room, one, self))

    @form_callback
    async def on_rename_webhook(
        self, room_id: int, webhook_id: int, fields: Mapping[str, Any]
    ) -> None:
        """Give a webhook another name."""
        await webhooks.rename(self.page.viewer, room_id, webhook_id, fields.get("name"))
        await self.on_show_webhooks(room_id)

    @callback
    async def on_remove_webhook(self, room_id: int, webhook_id: int) -> None:
        """Remove a webhook."""
        await webhooks.remove(self.page.viewer, room_id, webhook_id)
        await self.on_show_webhooks(room_id)
