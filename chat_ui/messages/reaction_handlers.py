"""What people do with reactions."""

from typing import Any

from chat_ui.handlers import Handlers, handler
from chat_ui.messages import reactions as drawn
from chat_ui.realtime import client_events
from services.messages import reactions


class ReactionHandlers(Handlers):
    """What people do with reactions."""

    @handler
    async def on_react(self, event: Any) -> None:
        """Put an emoji to a message, or take it off."""
        wanted = client_events.React.read(event.args)
        verb = reactions.add if wanted.on else reactions.remove
        await verb(self.viewer, wanted.room, wanted.seq, wanted.emoji)

    async def on_reactions_message(self, room_id: int, seq: int) -> None:
        """Show who reacted to a message."""
        found = await reactions.who(self.viewer, room_id, seq)
        self.open_dialog(lambda: drawn.show(found))
