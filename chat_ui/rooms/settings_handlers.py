"""What people do in the dialog about a room: changing, archiving, deleting and leaving it."""

from collections.abc import Mapping
from typing import Any

from chat_ui.admin import audit_log
from chat_ui.handlers import Handlers, callback, form_callback, on
from chat_ui.messages.report_handlers import ReportHandlers
from chat_ui.realtime import protocol
from chat_ui.rooms import settings as settings_view
from chat_ui.rooms.members.member_handlers import MemberHandlers
from chat_ui.rooms.webhook_handlers import WebhookHandlers
from services.accounts.security import audit
from services.core import app_context
from services.core.i18n import _
from services.rooms import encryption, moderation_log, rooms
from services.rooms import settings as room_settings
from services.rooms.members import memberships
from services.webhooks import webhooks


class SettingsHandlers(Handlers):
    """What people do in the dialog about a room."""

    @on(protocol.AskRoomSettings)
    async def on_room_settings(self, _event: protocol.AskRoomSettings) -> None:
        """Open the dialog about the room."""
        if self.page.room_id is not None:
            found = await rooms.get(self.page.viewer, self.page.room_id)
            in_it = await memberships.members(self.page.viewer, self.page.room_id)
            members = MemberHandlers(self.page)
            reports = ReportHandlers(self.page)
            hooks = WebhookHandlers(self.page)
            self.page.open_dialog(
                lambda: settings_view.show(
                    found,
                    self,
                    members.on_show_members,
                    reports.on_room_reports,
                    hooks.on_show_webhooks if webhooks.is_offered() else None,
                    is_last=in_it.total == 1,
                    offers_encryption=app_context.current().settings.answers_apps,
                )
            )

    @on(protocol.AskLeave)
    async def on_leave_room(self, _event: protocol.AskLeave) -> None:
        """Open the dialog that asks whether to leave the room."""
        if self.page.room_id is not None:
            found = await rooms.get(self.page.viewer, self.page.room_id)
            in_it = await memberships.members(self.page.viewer, self.page.room_id)
            self.page.open_dialog(
                lambda: settings_view.ask_to_leave(found, self, is_last=in_it.total == 1)
            )

    @form_callback
    async def on_rename(self, room_id: int, fields: Mapping[str, Any]) -> None:
        """Give a room another name and topic."""
        await room_settings.change(
            self.page.viewer, room_id, name=fields.get("name"), topic=fields.get("topic")
        )
        self.page.close_dialog()

    @callback
    async def on_announce(self, room_id: int, on: bool) -> None:
        """Let only moderators write, or everybody again."""
        await room_settings.announce(self.page.viewer, room_id, on=on)
        self.page.close_dialog()

    @callback
    async def on_archive(self, room_id: int, on: bool) -> None:
        """Archive a room, or bring it back."""
        await room_settings.archive(self.page.viewer, room_id, on=on)
        self.page.close_dialog()
        if on:
            room = await rooms.get(self.page.viewer, room_id)
            words = _("{room} is archived. Everyone can read it, but no one can post.")
            self.page.offer_undo(
                words.format(room=room.title), lambda: self.on_archive(room_id, False)
            )

    @callback
    async def on_encrypt(self, room_id: int) -> None:
        """Switch the encryption of a room on, for good."""
        await encryption.switch_on(self.page.viewer, room_id)
        self.page.close_dialog()

    @form_callback
    async def on_delete_room(self, room_id: int, fields: Mapping[str, Any]) -> None:
        """Delete a room whose name was typed; its pages then show another."""
        await room_settings.delete(self.page.viewer, room_id, fields.get("typed_name"))
        self.page.close_dialog()

    @callback
    async def on_leave(self, room_id: int) -> None:
        """Leave a room; the page then shows another."""
        self.page.close_dialog()
        await memberships.leave(self.page.viewer, room_id)

    @callback
    async def on_room_log(self, room_id: int) -> None:
        """Open the dialog with what moderators did in a room."""
        await self._show_log(room_id)

    @callback
    async def on_older_log(self, room_id: int, before: int) -> None:
        """Show the entries of that log before one of them."""
        await self._show_log(room_id, before)

    async def _show_log(self, room_id: int, before: int = audit.NEWEST) -> None:
        found = await moderation_log.of_room(self.page.viewer, room_id, before)
        self.page.open_dialog(
            lambda: audit_log.show(found, lambda oldest: self.on_older_log(room_id, oldest))
        )
