"""What administrators do: invites, password links, and reading the audit log."""

from collections.abc import Mapping
from typing import Any

from chat_ui.admin import audit_log, users
from chat_ui.handlers import Handlers, callback, form_callback
from chat_ui.realtime import protocol
from chat_ui.view import View
from services.accounts import accounts, audit, invites, password_resets
from services.core.i18n import _

MAX_DIGITS = 8


class AdministrationHandlers(Handlers):
    """What administrators do."""

    async def users(self) -> View:
        """Return the view of all users and invites."""
        everyone = await accounts.list_all(self.page.viewer)
        invited = await invites.list_all(self.page.viewer)
        return View(_("People and invites"), lambda: users.draw(everyone, invited, self))

    async def audit_log(self, before: int = audit.NEWEST) -> View:
        """Return the view of the audit log, older than the entry with that id."""
        found = await audit.list_all(self.page.viewer, before)
        return View(_("What was done"), lambda: audit_log.draw(found, self.on_older_audit))

    @form_callback
    async def on_make_invite(self, fields: Mapping[str, Any]) -> None:
        """Make an invite and show its link."""
        invite = await invites.create(
            self.page.viewer, days=_number(fields.get("days")), uses=_number(fields.get("uses"))
        )
        await self.page.navigation.open("/people")
        await self.on_show_invite(invite.code)

    @callback
    async def on_show_invite(self, code: str) -> None:
        """Show the link of an invite."""
        words = _("Whoever has this link can make an account.")
        link = self.page.link(f"/register?invite={code}")
        self.page.open_dialog(lambda: users.show_link(_("Invite"), words, link))

    @callback
    async def on_end_invite(self, invite_id: int) -> None:
        """End an invite."""
        await invites.revoke(self.page.viewer, invite_id)
        await self.page.navigation.open("/people")

    @callback
    async def on_make_reset(self, user_id: int) -> None:
        """Make a link for a forgotten password and show it."""
        token = await password_resets.create(self.page.viewer, user_id)
        words = _("Hand this link to its owner. It works once, within 24 hours.")
        link = self.page.link(f"/reset/{token}")
        self.page.open_dialog(lambda: users.show_link(_("New password"), words, link))

    @callback
    async def on_older_audit(self, before: int) -> None:
        """Show the entries of the audit log before one of them."""
        self.page.navigation.show(await self.audit_log(before))


def _number(value: object) -> int:
    is_short = isinstance(value, str) and len(value) <= MAX_DIGITS
    return protocol.to_int(value) if is_short else 0
