"""What people do with reactions."""

from typing import Any

from chat_ui import inbound
from chat_ui import reactions as drawn
from chat_ui.handlers.base import Handlers, handler
from services import reactions


class ReactionHandlers(Handlers):
    """What people do with reactions."""

    @handler
    async def on_react(self, event: Any) -> None:
        """Put an emoji to a message, or take it off."""
        wanted = inbound.React.read(event.args)
        verb = reactions.add if wanted.on else reactions.remove
        await verb(self.viewer, wanted.room, wanted.seq, wanted.emoji)

    async def on_reactions_message(self, room_id: int, seq: int) -> None:
        """Show who reacted to a message."""
        found = await reactions.who(self.viewer, room_id, seq)
        self.open_box(lambda: drawn.show(found))
