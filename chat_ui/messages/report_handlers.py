"""What people do with reports of messages: reporting, reading and handling them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from chat_ui.handlers import Handlers, callback, form_callback
from chat_ui.messages import reports as reports_view
from chat_ui.view import View
from services.core.i18n import _
from services.messages import reports


class ReportHandlers(Handlers):
    """Handlers of reports."""

    @form_callback
    async def on_report(self, room_id: int, seq: int, fields: Mapping[str, Any]) -> None:
        """Report a message."""
        await reports.report(self.page.viewer, room_id, seq, fields.get("reason") or "")
        self.page.close_dialog()
        self.page.notify(_("Reported. Thank you."), good=True)

    async def all_reports(self, before: int = reports.NEWEST) -> View:
        """Return the view of all reports, for administrators."""
        found = await reports.list_all(self.page.viewer, before)
        return View(
            _("Reported messages"),
            lambda: reports_view.draw(found, self, self.on_show_reports, before),
        )

    @callback
    async def on_show_reports(self, before: int) -> None:
        """Show the reports before one of them, or again."""
        self.page.navigation.show(await self.all_reports(before))

    @callback
    async def on_room_reports(self, room_id: int, before: int = reports.NEWEST) -> None:
        """Open the dialog with the reports of a room's messages."""
        found = await reports.of_room(self.page.viewer, room_id, before)

        async def again(before: int) -> None:
            await self.on_room_reports(room_id, before)

        self.page.open_dialog(lambda: reports_view.show(found, self, again, before))

    @callback
    async def on_handle_report(self, report_id: int, again: Callable[[], Awaitable[None]]) -> None:
        """Mark a report as handled."""
        await reports.handle(self.page.viewer, report_id)
        await again()

    @callback
    async def on_delete_reported(
        self, report_id: int, again: Callable[[], Awaitable[None]]
    ) -> None:
        """Delete the message of a report."""
        await reports.delete_message(self.page.viewer, report_id)
        self.page.notify(_("Deleted."), good=True)
        await again()
