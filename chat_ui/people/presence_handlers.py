"""What pages say of their person without being asked: whether they are here, and type."""

from contextlib import suppress
from typing import Any

from chat_ui.handlers import Handlers, handler
from chat_ui.messages import read_receipts
from chat_ui.realtime import client_events, connections
from chat_ui.realtime import presence as feed
from services.core.errors import ServiceError
from services.rooms import presence, receipts, typing


class HintHandlers(Handlers):
    """What pages say of their person, and want to know of others."""

    def arrived(self) -> None:
        """The page is connected, or is so again."""
        presence.arrive(self.viewer, self.client.id)

    def went(self) -> None:
        """The page has lost its connection."""
        if not connections.of_client(self.client.id):
            presence.leave(self.viewer, self.client.id)

    @handler
    async def on_stir(self, event: Any) -> None:
        """The person looks at the page, or has left it alone."""
        presence.stir(self.viewer, self.client.id, client_events.Activity.read(event.args).active)

    @handler
    async def on_watch(self, event: Any) -> None:
        """The page shows other people than before."""
        await feed.watch(self.client.id, set(client_events.Watch.read(event.args).people))

    @handler
    async def on_typing(self, event: Any) -> None:
        """The person writes something. A hint that is refused is worth no sentence."""
        room_id = client_events.Typing.read(event.args).room
        with suppress(ServiceError):
            await typing.tell(self.viewer, room_id)

    async def on_receipts_message(self, room_id: int, seq: int) -> None:
        """Open the box with who has read a message of one's own."""
        found = await receipts.of(self.viewer, room_id, seq)
        self.open_dialog(lambda: read_receipts.show(found))
