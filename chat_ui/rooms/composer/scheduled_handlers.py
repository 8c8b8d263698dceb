"""What people do with messages that are sent later."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from chat_ui.handlers import Handlers, callback, form_callback, on
from chat_ui.messages.lists import scheduled as scheduled_view
from chat_ui.realtime import protocol, push, validation
from chat_ui.rooms.composer import send_later
from chat_ui.view import View
from services.core.dto import Quote
from services.core.errors import Forbidden, ServiceError
from services.core.i18n import _
from services.core.limits.rate_limited import by_itself
from services.messages.scheduling import scheduled, scheduler
from services.messages.scheduling.scheduled import ScheduledView


class ScheduledHandlers(Handlers):
    """Handlers for messages that are sent later."""

    @on(protocol.SendLater)
    async def on_send_later(self, wanted: protocol.SendLater) -> None:
        """Schedule what is in the composer; without a time, ask for one."""
        if not wanted.at:

            async def on_choose(event: Any) -> None:
                await self.on_choose_time(wanted, event)

            self.page.open_dialog(lambda: send_later.ask(_("Send later"), on_choose))
            return
        try:
            await self._schedule(wanted, wanted.at)
        except ServiceError:
            await self._answer(wanted, stored=False)
            raise

    @form_callback
    async def on_choose_time(self, wanted: protocol.SendLater, fields: Mapping[str, Any]) -> None:
        """Schedule it for the time that was chosen in the dialog."""
        await self._schedule(wanted, fields.get("at"))
        self.page.close_dialog()

    async def _schedule(self, wanted: protocol.SendLater, at: object) -> None:
        key = wanted.id
        moment = await scheduled.schedule(
            self.page.viewer, wanted.room, wanted.text, key, at, reply_to=wanted.reply
        )
        await self._answer(wanted, stored=True)
        self.page.offer_undo(
            _("It will be sent: {time}"), partial(self.on_take_back, key), at=moment
        )

    async def _answer(self, wanted: protocol.SendLater, *, stored: bool) -> None:
        result = protocol.ScheduleResult(wanted.id, stored=stored)
        await push.to_page(self.page.client.id, result)

    @callback
    async def on_take_back(self, key: str) -> None:
        """Put a scheduled message into the composer again."""
        await self._hand_over(await scheduled.get(self.page.viewer, key))

    async def _hand_over(self, found: ScheduledView) -> None:
        """Send the browser a scheduled message; `on_scheduled_taken` follows once it has it."""
        handed = protocol.ScheduledText(
            id=found.client_message_id,
            room=found.room_id,
            writer=self.page.viewer.username,
            text=found.text,
            reply=_original(found.quote) if found.quote else None,
        )
        await push.to_page(self.page.client.id, handed)

    @on(protocol.ScheduledTaken)
    async def on_scheduled_taken(self, taken: protocol.ScheduledTaken) -> None:
        """The browser has the text of a scheduled message: it need not wait any more."""
        await scheduled.remove(self.page.viewer, taken.id)

    # -- the page with all of them ------------------------------------------------------------

    async def all_scheduled(self) -> View:
        """Return the view of the scheduled messages."""
        found = await scheduled.mine(self.page.viewer)

        def draw() -> None:
            self.page.scheduled = scheduled_view.draw(found, self.on_press_scheduled)

        return View(_("Scheduled"), draw)

    async def refresh(self) -> None:
        """Have that page, if it is shown, list them as they are now."""
        shown = self.page.scheduled
        if shown is not None and not shown.is_deleted:
            with by_itself():
                found = await scheduled.mine(self.page.viewer)
            if not shown.is_deleted:
                shown.fill(scheduled_view.entries(found))

    @form_callback
    async def on_press_scheduled(self, entry: Mapping[str, Any]) -> None:
        """Do with a scheduled message what one of its buttons says."""
        does, key = entry.get("does"), entry.get("key")
        act = _ACTS.get(does) if isinstance(does, str) else None
        if act is None or not isinstance(key, str):
            raise validation.malformed()
        await act(self, key)

    async def _send_now(self, key: str) -> None:
        await scheduler.send_now(self.page.viewer, key)
        self.page.notify(_("Sent."), good=True)

    async def _ask_to_move(self, key: str) -> None:
        found = await scheduled.get(self.page.viewer, key)

        async def on_choose(event: Any) -> None:
            await self.on_move_scheduled(key, event)

        self.page.open_dialog(lambda: send_later.ask(_("Change time"), on_choose, at=found.send_at))

    @form_callback
    async def on_move_scheduled(self, key: str, fields: Mapping[str, Any]) -> None:
        """Give a scheduled message the time that was chosen."""
        await scheduled.move(self.page.viewer, key, fields.get("at"))
        self.page.close_dialog()

    async def _edit(self, key: str) -> None:
        found = await scheduled.get(self.page.viewer, key)
        if not found.may_write:
            raise Forbidden(_("You can't write in this room now. Copy the text instead."))
        await self._hand_over(found)
        await self.page.navigation.go(f"/rooms/{found.room_id}")

    async def _copy(self, key: str) -> None:
        await self.page.copy((await scheduled.get(self.page.viewer, key)).text)
        self.page.notify(_("Copied."), good=True)

    async def _delete(self, key: str) -> None:
        removed = await scheduled.remove(self.page.viewer, key)
        self.page.offer_undo(_("Deleted."), partial(self.on_restore_scheduled, removed))

    @callback
    async def on_restore_scheduled(self, removed: ScheduledView) -> None:
        """Put back a scheduled message that was just deleted."""
        await scheduled.restore(self.page.viewer, removed)


def _original(quote: Quote) -> dict[str, Any]:
    return {"seq": quote.seq, "name": quote.author.display_name, "text": quote.text}


_ACTS = {
    "send": ScheduledHandlers._send_now,
    "move": ScheduledHandlers._ask_to_move,
    "edit": ScheduledHandlers._edit,
    "copy": ScheduledHandlers._copy,
    "delete": ScheduledHandlers._delete,
}
