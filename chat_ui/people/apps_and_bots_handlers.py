"""What people do about phone apps and bots, on their account page."""

from collections.abc import Mapping
from typing import Any

from chat_ui.components import qr_code
from chat_ui.handlers import Handlers, callback, form_callback
from chat_ui.people import apps_and_bots
from services.accounts.factors import second_factor
from services.accounts.sessions import bot_tokens
from services.core import app_context


class AppsAndBotsHandlers(Handlers):
    """What people do about phone apps and bots."""

    async def shown(self) -> apps_and_bots.Shown:
        """Return what the card shows."""
        is_open = app_context.current().settings.answers_apps
        return apps_and_bots.Shown(is_open, await bot_tokens.mine(self.page.viewer))

    @callback
    async def on_show_address(self) -> None:
        """Show how to connect an app."""
        address = self.page.link("")
        code = await qr_code.svg(address)
        factors = await second_factor.overview(self.page.viewer)
        self.page.open_dialog(
            lambda: apps_and_bots.show_address(address, code, needs_token=factors.is_on)
        )

    @callback
    async def on_new_token(self) -> None:
        """Ask what the new token is for."""
        self.page.open_dialog(lambda: apps_and_bots.show_new(self))

    @form_callback
    async def on_create_token(self, fields: Mapping[str, Any]) -> None:
        """Make a token, and show it this once."""
        name = fields.get("name")
        token = await bot_tokens.create(self.page.viewer, name)
        await self.page.navigation.open("/account")
        self.page.open_dialog(lambda: apps_and_bots.show_token(str(name), token))

    @callback
    async def on_revoke_token(self, session_id: int) -> None:
        """End a token."""
        await bot_tokens.revoke(self.page.viewer, session_id)
        await self.page.navigation.open("/account")
