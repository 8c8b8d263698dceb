"""What people do with two-step login, on their account page."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from chat_ui.auth import site
from chat_ui.components import qr_code
from chat_ui.handlers import Handlers, callback, form_callback, on
from chat_ui.people import second_factor as card
from chat_ui.realtime import protocol
from services.accounts.factors import second_factor, totp, trusted_devices
from services.core.i18n import _


class SecondFactorHandlers(Handlers):
    """What people do with two-step login."""

    @callback
    async def on_begin_app(self) -> None:
        """Show the QR code of a new secret."""
        secret = await second_factor.begin_app(self.page.viewer)
        code = await qr_code.svg(totp.address(secret, self.page.viewer.username))
        on_code = partial(self.on_add_app, secret)
        self.page.open_dialog(lambda: card.show_app(secret, code, on_code))

    @form_callback
    async def on_add_app(self, secret: str, fields: Mapping[str, Any]) -> None:
        """Add the app, if the code shows that it has the secret."""
        codes = await second_factor.add_app(self.page.viewer, secret, fields.get("code"))
        await self._show_on(codes)

    @callback
    async def on_remove_app(self) -> None:
        """Remove the app."""
        await second_factor.remove_app(self.page.viewer)
        await self.page.navigation.open("/account")

    @form_callback
    async def on_begin_passkey(self, fields: Mapping[str, Any]) -> None:
        """Have the browser make a passkey."""
        here = site.of(self.page.client.request)
        ceremony = await second_factor.begin_passkey(self.page.viewer, here)

        async def add(answer: str) -> None:
            codes = await second_factor.add_passkey(
                self.page.viewer, here, ceremony.token, answer, fields.get("name")
            )
            await self._show_on(codes)

        await self.page.ask_passkey("create", ceremony.options, add)

    @on(protocol.PasskeyAnswer)
    async def on_passkey(self, event: protocol.PasskeyAnswer) -> None:
        """Take the answer of the device that was asked for a passkey."""
        take, self.page.take_passkey = self.page.take_passkey, None
        if take is None:
            return
        if not event.answer:
            self.page.notify(_("The passkey was not used. Try again, or choose another way."))
            return
        await take(event.answer)

    @callback
    async def on_remove_passkey(self, passkey_id: int) -> None:
        """Remove a passkey."""
        await second_factor.remove_passkey(self.page.viewer, passkey_id)
        await self.page.navigation.open("/account")

    @callback
    async def on_renew_codes(self) -> None:
        """Make new recovery codes, and show them."""
        await self._show_on(await second_factor.renew_codes(self.page.viewer))

    @callback
    async def on_forget_devices(self) -> None:
        """Ask for the second step on all devices again."""
        await trusted_devices.forget(self.page.viewer)
        await self.page.navigation.open("/account")

    async def _show_on(self, codes: Sequence[str]) -> None:
        """Show the account as it is now, and recovery codes if some were made."""
        await self.page.navigation.open("/account")
        if codes:
            self.page.open_dialog(lambda: card.show_codes(codes))
        else:
            self.page.notify(_("Saved."), good=True)
