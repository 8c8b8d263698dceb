"""What administrators do: invites, and links for forgotten passwords."""

from typing import Any

from chat_ui import routes
from chat_ui.admin import users
from chat_ui.handlers import Handlers, handler
from chat_ui.realtime import client_events
from services.accounts import invites, password_resets
from services.core.i18n import _


class AdministrationHandlers(Handlers):
    """What administrators do."""

    @handler
    async def on_make_invite(self, event: Any) -> None:
        """Make an invite and show its link."""
        filled = client_events.FormData.read(event.args)
        invite = await invites.make(
            self.viewer, days=_number(filled.get("days")), uses=_number(filled.get("uses"))
        )
        await self.open("/people")
        await self.on_show_invite(invite.code)

    @handler
    async def on_show_invite(self, code: str) -> None:
        """Show the link of an invite."""
        words = _("Whoever has this link can make an account.")
        link = self._link(f"/register?invite={code}")
        self.open_dialog(lambda: users.show_link(_("Invite"), words, link))

    @handler
    async def on_end_invite(self, invite_id: int) -> None:
        """End an invite."""
        await invites.revoke(self.viewer, invite_id)
        await self.open("/people")

    @handler
    async def on_make_reset(self, user_id: int) -> None:
        """Make a link for a forgotten password and show it."""
        token = await password_resets.make(self.viewer, user_id)
        words = _("Hand this link to its owner. It works once, within 24 hours.")
        link = self._link(f"/reset/{token}")
        self.open_dialog(lambda: users.show_link(_("New password"), words, link))

    @handler
    async def on_older_audit(self, before: int) -> None:
        """Show what was done before an entry of the log."""
        self.show(await routes.audit_page(self, before))

    def _link(self, path: str) -> str:
        return str(self.client.request.base_url).rstrip("/") + path


def _number(value: Any) -> int:
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 9 else 0
