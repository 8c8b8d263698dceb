"""Notifications of a device while no page is open: turned on and off by its browser."""

from chat_ui.handlers import Handlers, on
from chat_ui.realtime import protocol
from services.push import subscriptions


class PushHandlers(Handlers):
    """Handles what browsers report about their push service."""

    @on(protocol.PushSubscribe)
    async def on_push_subscribe(self, event: protocol.PushSubscribe) -> None:
        """Notify this browser."""
        await subscriptions.subscribe(
            self.page.viewer, event.endpoint, event.p256dh, event.auth, shows_text=event.text
        )

    @on(protocol.PushUnsubscribe)
    async def on_push_unsubscribe(self, _event: protocol.PushUnsubscribe) -> None:
        """Notify this browser no more."""
        await subscriptions.unsubscribe(self.page.viewer)
