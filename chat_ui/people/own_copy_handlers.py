"""What people do about their own copy of a chat, on their account page."""

from chat_ui.handlers import Handlers, callback
from services.accounts import own_copy
from services.core.i18n import _


class OwnCopyHandlers(Handlers):
    """What people do about their own copy."""

    @callback
    async def on_accept_identity(self, name: str, key: str) -> None:
        """Take somebody's new identity for theirs."""
        await own_copy.accept_identity(self.page.viewer, name, key)
        await self.page.navigation.open("/account")
        self.page.notify(_("Accepted."), good=True)
