"""What people do with a message that is there."""

from typing import Any

from chat_ui import inbound, live, message_boxes, message_menu
from chat_ui.handlers.base import Handlers, handler
from services import edits
from services.refusal import Refused
from services.words import _


class MessageHandlers(Handlers):
    """What people do with a message that is there: the choices of its menu."""

    @handler
    async def on_act(self, event: Any) -> None:
        """The person chose something from a message's menu."""
        chosen = inbound.Act.read(event.args)
        if chosen.action in message_menu.BY_SERVER:
            await getattr(self, f"on_{chosen.action}_message")(chosen.room, chosen.seq)

    async def on_edit_message(self, room_id: int, seq: int) -> None:
        """Hand the text as it was typed to the composer."""
        text = await edits.text_of(self.viewer, room_id, seq)
        await live.edit(self.client.id, room_id, seq, text)

    @handler
    async def on_edit(self, event: Any) -> None:
        """The person gives a message of theirs another text."""
        wanted = inbound.Edit.read(event.args)
        try:
            await edits.edit(self.viewer, wanted.room, wanted.seq, wanted.text)
        except Refused:
            await live.edited(self.client.id, wanted.seq, stored=False)
            raise
        await live.edited(self.client.id, wanted.seq, stored=True)

    async def on_history_message(self, room_id: int, seq: int) -> None:
        """Show what a message said before."""
        versions = await edits.history(self.viewer, room_id, seq)
        self.open_box(lambda: message_boxes.show_history(versions))

    async def on_delete_message(self, room_id: int, seq: int) -> None:
        """Ask before a message is deleted, and a moderator why."""
        mine = await edits.is_mine(self.viewer, room_id, seq)
        self.open_box(
            lambda: message_boxes.ask_to_delete(
                mine=mine, on_delete=lambda event: self.on_delete(room_id, seq, event)
            )
        )

    @handler
    async def on_delete(self, room_id: int, seq: int, event: Any) -> None:
        """Delete a message."""
        reason = inbound.Filled.read(event.args).get("reason", "")
        await edits.delete(self.viewer, room_id, seq, reason)
        self.close_box()
        self.say(_("Deleted."), good=True)
