"""What people do with messages: sending and changing them. Their menu is in `actions.py`."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from chat_ui.handlers import Handlers, callback, form_callback, on
from chat_ui.messages import batches, dialogs
from chat_ui.messages import bookmarks as bookmarks_view
from chat_ui.messages.undelivered_mention_handlers import UndeliveredMentionHandlers
from chat_ui.plugins import ACTIONS
from chat_ui.realtime import protocol, push
from chat_ui.view import View
from services.core.errors import ServiceError
from services.core.i18n import _
from services.files import forwarding
from services.messages import bookmarks, edits, history, messages, pins


class MessageHandlers(Handlers):
    """Handlers for messages."""

    @on(protocol.Send)
    async def on_send(self, sent: protocol.Send) -> None:
        """The person sent a message, for the first time or again."""
        try:
            stored, is_new = await messages.send(
                self.page.viewer, sent.room, sent.text, sent.id, reply_to=sent.reply
            )
        except ServiceError as refused:
            refusal = protocol.SendRefused(sent.id, refused.message)
            await push.to_page(self.page.client.id, refusal)
            return
        await UndeliveredMentionHandlers(self.page).show(sent.room, stored.text)
        if not is_new or sent.room != self.page.room_id:  # `MessageSent` does not bring it here
            alone = history.MessageBatch([stored], more=True)
            await batches.send(self.page.client.id, sent.room, alone, how="live")

    @on(protocol.MessageAction)
    async def on_message_action(self, chosen: protocol.MessageAction) -> None:
        """The person chose something from a message's menu."""
        entry = ACTIONS.get(chosen.action)
        if entry is None or entry.run is None:
            raise protocol.malformed()
        await entry.run(self.page, chosen.room, chosen.seq)

    async def start_editing(self, room_id: int, seq: int) -> None:
        """Put the original text of a message into the composer."""
        async with self._unlocking(seq):
            text = await edits.text_of(self.page.viewer, room_id, seq)
        await push.to_page(self.page.client.id, protocol.EditText(room_id, seq, text))

    @on(protocol.Edit)
    async def on_edit(self, wanted: protocol.Edit) -> None:
        """Edit a message of the person."""
        async with self._unlocking(wanted.seq):
            await edits.edit(self.page.viewer, wanted.room, wanted.seq, wanted.text)
        await push.to_page(self.page.client.id, protocol.EditResult(wanted.seq, stored=True))
        await UndeliveredMentionHandlers(self.page).show(wanted.room, wanted.text)

    @asynccontextmanager
    async def _unlocking(self, seq: int) -> AsyncIterator[None]:
        """Unlock the composer, which waits for the result, if the edit is refused."""
        try:
            yield
        except ServiceError:
            await push.to_page(self.page.client.id, protocol.EditResult(seq, stored=False))
            raise

    @form_callback
    async def on_forward(
        self, room_id: int, seq: int, client_message_id: str, fields: Mapping[str, Any]
    ) -> None:
        """Forward a message."""
        await forwarding.forward(
            self.page.viewer,
            room_id,
            seq,
            to_room=protocol.to_int(fields.get("room")),
            client_message_id=client_message_id,
        )
        self.page.close_dialog()
        self.page.notify(_("Forwarded."), good=True)

    @on(protocol.AskPins)
    async def on_pins(self, _event: protocol.AskPins) -> None:
        """Open the dialog with the pinned messages of the room."""
        if self.page.room_id is not None:
            found = await pins.of_room(self.page.viewer, self.page.room_id)
            self.page.open_dialog(lambda: dialogs.show_pins(found))

    async def bookmarks(self, skip: int) -> View:
        """Return the view of the saved messages, after the first `skip`."""
        found = await bookmarks.mine(self.page.viewer, skip)
        return View(
            _("Saved for later"),
            lambda: bookmarks_view.draw(
                found, skip, self.on_older_bookmarks, self.on_remove_bookmark
            ),
        )

    @callback
    async def on_older_bookmarks(self, skip: int) -> None:
        """Show older saved messages."""
        self.page.navigation.show(await self.bookmarks(skip))

    @form_callback
    async def on_remove_bookmark(self, entry: Mapping[str, Any]) -> None:
        """Remove a message from the saved ones."""
        await bookmarks.remove(self.page.viewer, protocol.to_int(entry.get("messageId")))
        await self.page.navigation.open("/saved")

    @form_callback
    async def on_delete(self, room_id: int, seq: int, fields: Mapping[str, Any]) -> None:
        """Delete a message."""
        await edits.delete(self.page.viewer, room_id, seq, fields.get("reason", ""))
        self.page.close_dialog()
        self.page.notify(_("Deleted."), good=True)
