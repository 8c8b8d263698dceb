"""What people do with a message that is there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import token_urlsafe
from typing import Any

from chat_ui import routes
from chat_ui.handlers import Handlers, handler
from chat_ui.messages import dialogs, menu
from chat_ui.realtime import client_events, protocol, push
from services.core.errors import ServiceError
from services.core.i18n import _
from services.files import forwarding
from services.messages import bookmarks, edits, pins
from services.rooms import rooms
from services.rooms.permissions import may_write


class MessageHandlers(Handlers):
    """What people do with a message that is there: the choices of its menu."""

    async def tell_unreached(self, room_id: int, text: str) -> None:
        """Tell the person whom they have just named in vain."""
        raise NotImplementedError

    @handler
    async def on_act(self, event: Any) -> None:
        """The person chose something from a message's menu."""
        chosen = client_events.Act.read(event.args)
        if chosen.action in menu.BY_SERVER:
            await getattr(self, f"on_{chosen.action}_message")(chosen.room, chosen.seq)

    async def on_edit_message(self, room_id: int, seq: int) -> None:
        """Hand the text as it was typed to the composer."""
        async with self._giving_back(seq):
            text = await edits.text_of(self.viewer, room_id, seq)
        await push.to_page(self.client.id, protocol.EditText(room_id, seq, text))

    @handler
    async def on_edit(self, event: Any) -> None:
        """The person gives a message of theirs another text."""
        wanted = client_events.Edit.read(event.args)
        async with self._giving_back(wanted.seq):
            await edits.edit(self.viewer, wanted.room, wanted.seq, wanted.text)
        await push.to_page(self.client.id, protocol.EditResult(wanted.seq, stored=True))
        await self.tell_unreached(wanted.room, wanted.text)

    @asynccontextmanager
    async def _giving_back(self, seq: int) -> AsyncIterator[None]:
        """Let the composer, which waits for an answer, be used again when it is a refusal."""
        try:
            yield
        except ServiceError:
            await push.to_page(self.client.id, protocol.EditResult(seq, stored=False))
            raise

    async def on_history_message(self, room_id: int, seq: int) -> None:
        """Show what a message said before."""
        versions = await edits.history(self.viewer, room_id, seq)
        self.open_dialog(lambda: dialogs.show_history(versions))

    async def on_forward_message(self, room_id: int, seq: int) -> None:
        """Ask where to forward a message to."""
        listed = await rooms.mine(self.viewer)
        open_to_me = [room for room in listed if may_write(room, room)]
        # Made here, so that pressing twice sends it once.
        number = token_urlsafe(12)

        async def on_choose(event: Any) -> None:
            await self.on_forward(room_id, seq, number, event)

        self.open_dialog(lambda: dialogs.choose_room(open_to_me, on_choose))

    @handler
    async def on_forward(self, room_id: int, seq: int, number: str, event: Any) -> None:
        """Forward a message."""
        to_room = client_events.to_int(client_events.FormData.read(event.args).get("room"))
        await forwarding.forward(
            self.viewer, room_id, seq, to_room=to_room, client_message_id=number
        )
        self.close_dialog()
        self.say(_("Forwarded."), good=True)

    async def on_pin_message(self, room_id: int, seq: int) -> None:
        """Pin a message."""
        await pins.pin(self.viewer, room_id, seq)

    async def on_unpin_message(self, room_id: int, seq: int) -> None:
        """Take the pin off a message."""
        await pins.unpin(self.viewer, room_id, seq)

    @handler
    async def on_pins(self, room_id: int) -> None:
        """Open the box with what is pinned in a room."""
        found = await pins.of_room(self.viewer, room_id)
        self.open_dialog(lambda: dialogs.show_pins(found))

    async def on_save_message(self, room_id: int, seq: int) -> None:
        """Keep a message for later."""
        await bookmarks.save(self.viewer, room_id, seq)
        self.say(_("Saved. It is in your menu, under Saved for later."), good=True)

    @handler
    async def on_saved(self, skip: int) -> None:
        """Show what one keeps, further back."""
        self.show(await routes.saved_messages(self, skip))

    @handler
    async def on_forget(self, event: Any) -> None:
        """Keep a message no longer."""
        await bookmarks.forget(self.viewer, client_events.Forget.read(event.args).id)
        await self.open("/saved")

    async def on_delete_message(self, room_id: int, seq: int) -> None:
        """Ask before a message is deleted, and a moderator why."""
        mine = await edits.is_mine(self.viewer, room_id, seq)
        self.open_dialog(
            lambda: dialogs.ask_to_delete(
                mine=mine, on_delete=lambda event: self.on_delete(room_id, seq, event)
            )
        )

    @handler
    async def on_delete(self, room_id: int, seq: int, event: Any) -> None:
        """Delete a message."""
        reason = client_events.FormData.read(event.args).get("reason", "")
        await edits.delete(self.viewer, room_id, seq, reason)
        self.close_dialog()
        self.say(_("Deleted."), good=True)
