"""Asking the user to confirm who they are, and then doing what they wanted."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from nicegui import ui

from chat_ui.auth import site
from chat_ui.handlers import Handlers, callback, form_callback
from chat_ui.people import reauthentication as dialogs
from services.accounts.sessions import reauthentication

GoOn = Callable[[], Awaitable[None]]
"""Does what the user wanted."""


class ReauthenticationHandlers(Handlers):
    """What people do in the dialog that asks whether it is them."""

    async def ask(self, go_on: GoOn) -> None:
        """Open the dialog over what is there, so that nothing typed in another is lost."""
        here = site.of(self.page.client.request)
        has_passkey = await reauthentication.has_passkey(self.page.viewer, here)
        with self.page.client:
            shown = dialogs.show(
                self.page.viewer.username,
                lambda event: self.on_confirm_password(shown, go_on, event),
                (lambda: self.on_use_passkey(shown, go_on)) if has_passkey else None,
            )

    @form_callback
    async def on_confirm_password(
        self, shown: ui.dialog, go_on: GoOn, fields: Mapping[str, Any]
    ) -> None:
        """Check the password, then do what the user wanted."""
        await reauthentication.confirm_with_password(self.page.viewer, fields.get("password"))
        await self._go_on(shown, go_on)

    @callback
    async def on_use_passkey(self, shown: ui.dialog, go_on: GoOn) -> None:
        """Ask for a passkey, then do what the user wanted."""
        here = site.of(self.page.client.request)
        ceremony = await reauthentication.begin_passkey(self.page.viewer, here)

        async def confirm(answer: str) -> None:
            await reauthentication.confirm_with_passkey(
                self.page.viewer, here, ceremony.token, answer
            )
            await self._go_on(shown, go_on)

        await self.page.ask_passkey("get", ceremony.options, confirm)

    async def _go_on(self, shown: ui.dialog, go_on: GoOn) -> None:
        if shown.is_deleted:  # it was answered twice, or closed in the meantime
            return
        shown.delete()
        with self.page.client:  # not in the slot of the dialog: it is gone
            await go_on()
