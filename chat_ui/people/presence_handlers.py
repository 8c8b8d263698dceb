"""What pages report about their user: whether they are active, and typing."""

from contextlib import suppress

from chat_ui.handlers import Handlers, on
from chat_ui.realtime import connections, protocol
from chat_ui.realtime import presence as feed
from services.core.errors import ServiceError
from services.rooms import presence, typing


class PresenceHandlers(Handlers):
    """Handles reports about the user's activity, and requests for the presence of others."""

    def arrive(self) -> None:
        """The page has connected or reconnected."""
        presence.connect(self.page.viewer, self.page.client.id)

    def leave(self) -> None:
        """The page has lost its connection."""
        if not connections.of_client(self.page.client.id):
            presence.disconnect(self.page.viewer, self.page.client.id)

    @on(protocol.Activity)
    async def on_activity(self, event: protocol.Activity) -> None:
        """The page has become active or idle."""
        presence.set_active(self.page.viewer, self.page.client.id, event.active)

    @on(protocol.WatchPresence)
    async def on_watch_presence(self, event: protocol.WatchPresence) -> None:
        """The page shows other users than before."""
        await feed.watch(self.page.client.id, set(event.people))

    @on(protocol.TypingHint)
    async def on_typing(self, event: protocol.TypingHint) -> None:
        """The person types something. Ignore refusals: a lost hint does no harm."""
        with suppress(ServiceError):
            await typing.publish(self.page.viewer, event.room)
