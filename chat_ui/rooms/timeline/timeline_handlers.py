"""What people do in the timeline: reading."""

from chat_ui.handlers import Handlers, on
from chat_ui.messages import batches
from chat_ui.messages.polls.poll_handlers import PollHandlers
from chat_ui.realtime import protocol, receipts, subscriptions
from services.messages import history
from services.rooms.reading import read_positions


class TimelineHandlers(Handlers):
    """What people do in the timeline."""

    @on(protocol.CatchUp)
    async def on_catch_up(self, wanted: protocol.CatchUp) -> None:
        """The timeline is drawn, or connected again: send the messages it lacks."""
        if wanted.room != self.page.room_id:
            return
        batches.require_budget(self.page.viewer)
        shown = history.ShownRange(wanted.first, wanted.last, wanted.change, wanted.at_end)
        async with subscriptions.subscribed(self.page.client.id, wanted.room):
            if wanted.at and not shown.last:
                batch = await history.around(self.page.viewer, wanted.room, wanted.at)
            else:
                batch = await history.since(self.page.viewer, wanted.room, shown)
        how = "add" if batch.follows else "start"
        await batches.send(self.page, wanted.room, batch, how=how, at=wanted.at)
        await self.show_own(wanted.room, batch)

    @on(protocol.LoadOlder)
    async def on_load_older(self, wanted: protocol.LoadOlder) -> None:
        """The person has scrolled up to the oldest message shown."""
        batches.require_budget(self.page.viewer)
        batch = await history.older(self.page.viewer, wanted.room, wanted.before)
        await batches.send(self.page, wanted.room, batch, how="older")
        await self.show_own(wanted.room, batch)

    async def show_own(self, room_id: int, batch: history.MessageBatch) -> None:
        """Send what the messages do not say, since they are drawn once for everybody.

        That is receipts, if any of them are the person's own, and their votes in anonymous polls.
        """
        user_id = self.page.viewer.user_id
        has_own = any(each.author.user_id == user_id for each in batch.messages)
        await receipts.show(self.page.client.id, has_own=has_own)
        votes = PollHandlers(self.page)
        await votes.show_own_votes(room_id, [*batch.messages, *batch.changed])

    @on(protocol.Read)
    async def on_read(self, reached: protocol.Read) -> None:
        """The person has seen messages up to the one in the event."""
        read_positions.mark_read(self.page.viewer, reached.room, reached.seq)
