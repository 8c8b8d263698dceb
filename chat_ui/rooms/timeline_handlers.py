"""What people do in the timeline: reading and sending."""

from typing import Any

from chat_ui.handlers import Handlers, handler
from chat_ui.messages import batches
from chat_ui.realtime import client_events, protocol, push, receipts, subscriptions
from services.core import app_context
from services.core.errors import ServiceError
from services.messages import messages
from services.rooms import read_positions


class TimelineHandlers(Handlers):
    """What people do in the timeline."""

    async def tell_unreached(self, room_id: int, text: str) -> None:
        """Tell the person whom they have just named in vain."""
        raise NotImplementedError

    @handler
    async def on_catch_up(self, event: Any) -> None:
        """The timeline is there, or there again: bring what it lacks."""
        wanted = client_events.CatchUp.read(event.args)
        if wanted.room != self.room_id:
            return
        app_context.current().rate_limits.history.consume(self.viewer.user_id)
        shown = messages.ShownRange(wanted.first, wanted.last, wanted.change, wanted.at_end)
        async with subscriptions.subscribed(self.client.id, wanted.room):
            if wanted.at and not shown.last:
                page = await messages.around(self.viewer, wanted.room, wanted.at)
            else:
                page = await messages.since(self.viewer, wanted.room, shown)
        how = "add" if page.follows else "start"
        await batches.send(self.client.id, wanted.room, page, how=how, at=wanted.at)
        await self.show_receipts(page)

    @handler
    async def on_older(self, event: Any) -> None:
        """The person has scrolled up to the oldest message shown."""
        wanted = client_events.Older.read(event.args)
        app_context.current().rate_limits.history.consume(self.viewer.user_id)
        page = await messages.older(self.viewer, wanted.room, wanted.before)
        await batches.send(self.client.id, wanted.room, page, how="older")
        await self.show_receipts(page)

    async def show_receipts(self, page: messages.MessageBatch) -> None:
        """Tell how far one's own of these messages have come, if any are."""
        has_own = any(each.author.user_id == self.viewer.user_id for each in page.messages)
        await receipts.show(self.client.id, has_own=has_own)

    @handler
    async def on_read(self, event: Any) -> None:
        """The newest message was really on the screen."""
        reached = client_events.Read.read(event.args)
        read_positions.mark_read(self.viewer, reached.room, reached.seq)

    @handler
    async def on_send(self, event: Any) -> None:
        """The person sent a message, for the first time or again."""
        sent = client_events.Send.read(event.args)
        try:
            stored, is_new = await messages.send(
                self.viewer, sent.room, sent.text, sent.id, reply_to=sent.reply
            )
        except ServiceError as refused:
            refusal = protocol.SendRefused(sent.id, refused.message)
            await push.to_page(self.client.id, refusal)
            return
        await self.tell_unreached(sent.room, stored.text)
        if not is_new or sent.room != self.room_id:  # then it does not come with the live feed
            alone = messages.MessageBatch([stored], more=True)
            await batches.send(self.client.id, sent.room, alone, how="live")
