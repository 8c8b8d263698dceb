"""What people do with messages: sending and changing them. Their menu is in `actions.py`."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from chat_ui.components.listed import Entries, Listed
from chat_ui.components.overlays.panel import Panel
from chat_ui.handlers import Handlers, callback, form_callback, on
from chat_ui.messages import batches, bubble, dialogs
from chat_ui.messages.lists import bookmarks as bookmarks_view
from chat_ui.messages.lists import pins as pins_view
from chat_ui.messages.lists import replies as replies_view
from chat_ui.messages.undelivered_mention_handlers import UndeliveredMentionHandlers
from chat_ui.plugins import ACTIONS
from chat_ui.realtime import protocol, push, validation
from chat_ui.view import View
from services.core import hub
from services.core.dto import MessageView
from services.core.errors import Forbidden, NotFound, ServiceError
from services.core.i18n import _
from services.files import gifs
from services.files.stickers import stickers
from services.messages import bookmarks, edits, history, messages, pins, preview, replies
from services.rooms import rooms


class MessageHandlers(Handlers):
    """Handlers for messages."""

    @on(protocol.Send)
    async def on_send(self, sent: protocol.Send) -> None:
        """The person sent a message, for the first time or again."""
        try:
            stored, is_new = await self._send(sent)
        except hub.Waiting:
            return  # the page shows it as waiting, until `MessageSent` brings it
        except ServiceError as refused:
            refusal = protocol.SendRefused(sent.id, refused.message)
            await push.to_page(self.page.client.id, refusal)
            return
        await UndeliveredMentionHandlers(self.page).show(sent.room, stored.html)
        if not is_new or sent.room != self.page.room_id:  # `MessageSent` does not bring it here
            alone = history.MessageBatch([stored], more=True)
            await batches.send(self.page, sent.room, alone, how="live")

    async def _send(self, sent: protocol.Send) -> tuple[MessageView, bool]:
        viewer, reply_to = self.page.viewer, sent.reply
        if sent.sticker is not None:
            return await stickers.send(viewer, sent.room, sent.sticker, sent.id, reply_to=reply_to)
        if sent.gif is not None:
            return await gifs.send(viewer, sent.room, sent.gif, sent.id, reply_to=reply_to)
        return await messages.send(viewer, sent.room, sent.text, sent.id, reply_to=reply_to)

    @on(protocol.Preview)
    async def on_preview(self, wanted: protocol.Preview) -> None:
        """The person wants to see how a text would look; nobody else does."""
        try:
            found = await preview.render(self.page.viewer, wanted.room, wanted.text)
        except ServiceError as refused:
            answer = protocol.PreviewResult(wanted.asked, sentence=refused.message)
        else:
            answer = protocol.PreviewResult(wanted.asked, html=bubble.draw_preview(found))
        await push.to_page(self.page.client.id, answer)

    @on(protocol.MessageAction)
    async def on_message_action(self, chosen: protocol.MessageAction) -> None:
        """The person chose something from a message's menu."""
        entry = ACTIONS.get(chosen.action)
        if entry is None or entry.run is None:
            raise validation.malformed()
        await entry.run(self.page, chosen.room, chosen.seq)

    async def start_editing(self, room_id: int, seq: int) -> None:
        """Put the original text of a message into the composer."""
        async with self._unlocking(room_id, seq):
            text = await edits.text_of(self.page.viewer, room_id, seq)
        await push.to_page(self.page.client.id, protocol.EditText(room_id, seq, text))

    @on(protocol.Edit)
    async def on_edit(self, wanted: protocol.Edit) -> None:
        """Edit a message of the person."""
        async with self._unlocking(wanted.room, wanted.seq):
            html = await edits.edit(self.page.viewer, wanted.room, wanted.seq, wanted.text)
        stored = protocol.EditResult(wanted.room, wanted.seq, stored=True)
        await push.to_page(self.page.client.id, stored)
        await UndeliveredMentionHandlers(self.page).show(wanted.room, html)

    @asynccontextmanager
    async def _unlocking(self, room_id: int, seq: int) -> AsyncIterator[None]:
        """Unlock the composer, which waits for the result, if the edit is refused."""
        try:
            yield
        except ServiceError as refused:
            gone = isinstance(refused, NotFound | Forbidden)
            result = protocol.EditResult(room_id, seq, stored=False, gone=gone)
            await push.to_page(self.page.client.id, result)
            raise

    async def show_history(self, room_id: int, seq: int, before: int | None = None) -> None:
        """Open the dialog with the versions of a message, or with those before another one."""
        found = await edits.history(self.page.viewer, room_id, seq, before)

        async def on_older() -> None:
            await self.on_older_versions(room_id, seq, found.before)

        self.page.open_dialog(lambda: dialogs.show_history(found, on_older))

    @callback
    async def on_older_versions(self, room_id: int, seq: int, before: int | None) -> None:
        """Show older versions of a message."""
        await self.show_history(room_id, seq, before)

    async def pins(self, room_id: int) -> Panel:
        """Return the panel with the pinned messages of a room."""
        room = await rooms.get(self.page.viewer, room_id)
        return pins_view.panel(room.kind, await pins.of_room(self.page.viewer, room_id))

    async def replies(self, room_id: int, seq: int) -> Panel:
        """Return the panel with a message and the replies to it."""
        return replies_view.panel(await replies.of(self.page.viewer, room_id, seq))

    async def bookmarks(self, skip: int) -> View:
        """Return the view of the saved messages, after the first `skip`."""
        found = await bookmarks.mine(self.page.viewer, skip)

        async def again() -> Entries:
            now = await bookmarks.mine(self.page.viewer, skip)
            return bookmarks_view.entries(now), [each.message for each in now]

        def draw() -> None:
            shown = bookmarks_view.draw(
                found, skip, self.on_older_bookmarks, self.on_remove_bookmark
            )
            self.page.listed = Listed(shown, [each.message for each in found], again)

        return View(_("Saved for later"), draw)

    @callback
    async def on_older_bookmarks(self, skip: int) -> None:
        """Show older saved messages."""
        self.page.navigation.show(await self.bookmarks(skip))

    @form_callback
    async def on_remove_bookmark(self, entry: Mapping[str, Any]) -> None:
        """Remove a message from the saved ones, and offer to undo that."""
        await bookmarks.remove(self.page.viewer, validation.to_int(entry.get("messageId")))
        await self.page.navigation.open("/saved")
        room_id, seq = validation.to_int(entry.get("room")), validation.to_int(entry.get("seq"))
        self.page.offer_undo(
            _("Removed from saved."), lambda: self.on_restore_bookmark(room_id, seq)
        )

    @callback
    async def on_restore_bookmark(self, room_id: int, seq: int) -> None:
        """Save a message again that was just removed from the saved ones."""
        await bookmarks.save(self.page.viewer, room_id, seq)
        if self.page.navigation.path == "/saved":
            await self.page.navigation.open("/saved")

    @form_callback
    async def on_delete(self, room_id: int, seq: int, fields: Mapping[str, Any]) -> None:
        """Delete a message."""
        await edits.delete(self.page.viewer, room_id, seq, fields.get("reason", ""))
        self.page.close_dialog()
        self.page.notify(_("Deleted."), good=True)
