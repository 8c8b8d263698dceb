"""What people do with reactions."""

from chat_ui.handlers import Handlers, on
from chat_ui.realtime import protocol
from services.messages import reactions


class ReactionHandlers(Handlers):
    """What people do with reactions."""

    @on(protocol.React)
    async def on_react(self, wanted: protocol.React) -> None:
        """Add a reaction to a message, or remove it."""
        change = reactions.add if wanted.on else reactions.remove
        await change(self.page.viewer, wanted.room, wanted.seq, wanted.emoji)
