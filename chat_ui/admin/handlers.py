"""What administrators do: accounts, invites, password links, and reading the logs."""

from collections.abc import Mapping
from typing import Any

from chat_ui.admin import account, audit_log, branding, users
from chat_ui.admin import security_log as security_log_view
from chat_ui.components import qr_code
from chat_ui.components.branding import usual_accent
from chat_ui.handlers import Handlers, callback, form_callback
from chat_ui.realtime import validation
from chat_ui.view import View
from services.accounts import administration
from services.accounts.factors import second_factor
from services.accounts.passwords import password_resets
from services.accounts.security import audit, security_log
from services.core.i18n import _
from services.host import appearance, first_steps
from services.links import switch
from services.registration import invites

MAX_DIGITS = 8


class AdministrationHandlers(Handlers):
    """What administrators do."""

    async def users(self) -> View:
        """Return the view of all users and invites."""
        viewer = self.page.viewer
        shown = users.Overview(
            await administration.list_all(viewer),
            await invites.list_all(viewer),
            await password_resets.list_open(viewer),
        )
        return View(_("Users and invites"), lambda: users.draw(shown, self))

    async def audit_log(self, before: int = audit.NEWEST) -> View:
        """Return the view of the audit log, older than the entry with that id."""
        found = await audit.list_all(self.page.viewer, before)
        return View(_("Audit log"), lambda: audit_log.draw(found, self.on_older_audit))

    async def branding(self) -> View:
        """Return the view with what administrators choose for the chat."""
        return View(_("Chat settings"), lambda: branding.draw(self))

    @form_callback
    async def on_save_branding(self, fields: Mapping[str, Any]) -> None:
        """Set the name and the colour of the chat."""
        accent = fields.get("accent")
        await appearance.change(
            self.page.viewer,
            name=fields.get("name"),
            accent="" if accent == usual_accent() else accent,
        )
        await self.page.navigation.open("/branding")
        self.page.notify(_("Saved."), good=True)

    @callback
    async def on_turn_link_previews(self, on: bool) -> None:
        """Turn previews of links on or off."""
        await switch.set_on(self.page.viewer, on=on)
        await self.page.navigation.open("/branding")
        self.page.notify(
            _("Links have previews from now on.") if on else _("New links have no previews."),
            good=True,
        )

    @form_callback
    async def on_save_link_pictures(self, fields: Mapping[str, Any]) -> None:
        """Turn pictures of linked pages on or off."""
        await switch.set_pictures(self.page.viewer, on=bool(fields.get("pictures")))
        self.page.notify(_("Saved."), good=True)

    @callback
    async def on_remove_icon(self) -> None:
        """Show our icon again."""
        await appearance.remove_icon(self.page.viewer)
        await self.page.navigation.open("/branding")

    @callback
    async def on_hide_first_steps(self) -> None:
        """Offer the first steps no more."""
        await first_steps.hide(self.page.viewer)
        await self.page.navigation.open(self.page.navigation.path)

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
        words = _("Anyone with this link can create an account.")
        await self._show_link(_("Invite"), words, f"/register?invite={code}")

    @callback
    async def on_end_invite(self, invite_id: int) -> None:
        """End an invite."""
        await invites.revoke(self.page.viewer, invite_id)
        await self.page.navigation.open("/people")

    @callback
    async def on_make_reset(self, user_id: int) -> None:
        """Make a link for a forgotten password and show it."""
        token = await password_resets.create(self.page.viewer, user_id)
        words = _("Send this link to the account's owner. It works once, within 24 hours.")
        await self._show_link(_("New password"), words, f"/reset/{token}")

    async def _show_link(self, title: str, words: str, path: str) -> None:
        link = self.page.link(path)
        picture = await qr_code.svg(link)
        self.page.open_dialog(lambda: users.show_link(title, words, link, picture))

    @callback
    async def on_revoke_reset(self, link_id: int) -> None:
        """End a link for a forgotten password."""
        await password_resets.revoke(self.page.viewer, link_id)
        await self.page.navigation.open("/people")

    @callback
    async def on_manage_account(self, user_id: int) -> None:
        """Open the dialog about an account."""
        found = await administration.get(self.page.viewer, user_id)
        is_own = user_id == self.page.viewer.user_id
        self.page.open_dialog(lambda: account.show(found, self, is_own=is_own))

    @callback
    async def on_disable_account(self, user_id: int) -> None:
        """Disable an account."""
        await administration.disable(self.page.viewer, user_id)
        await self._done(_("Account disabled."))

    @callback
    async def on_enable_account(self, user_id: int) -> None:
        """Enable an account again."""
        await administration.enable(self.page.viewer, user_id)
        await self._done(_("Account enabled."))

    @callback
    async def on_end_account_sessions(self, user_id: int) -> None:
        """End all sessions of an account."""
        await administration.end_sessions(self.page.viewer, user_id)
        await self._done(_("Logged out everywhere."))

    @callback
    async def on_remove_factors(self, user_id: int) -> None:
        """Turn two-step login off for an account."""
        await second_factor.remove_of(self.page.viewer, user_id)
        await self._done(_("Two-step login is off. They log in with their password only."))

    @callback
    async def on_set_admin(self, user_id: int, on: bool) -> None:
        """Make somebody an administrator, or no longer one."""
        await administration.set_admin(self.page.viewer, user_id, on=on)
        await self._done(
            _("They are now an administrator.") if on else _("They are no longer an administrator.")
        )

    async def _done(self, sentence: str) -> None:
        self.page.close_dialog()
        self.page.notify(sentence, good=True)
        await self.page.navigation.open("/people")

    async def security_log(
        self, before: int = security_log.NEWEST, kind: str = "", username: str = ""
    ) -> View:
        """Return the view of the security log, older than the entry with that id."""
        found = await security_log.list_all(self.page.viewer, before, kind, username)
        return View(
            _("Security log"),
            lambda: security_log_view.draw(found, kind, username, self.on_older_security),
        )

    @callback
    async def on_older_security(self, before: int, kind: str, username: str) -> None:
        """Show the entries of the security log before one of them."""
        self.page.navigation.show(await self.security_log(before, kind, username))

    @callback
    async def on_older_audit(self, before: int) -> None:
        """Show the entries of the audit log before one of them."""
        self.page.navigation.show(await self.audit_log(before))


def _number(value: object) -> int:
    is_short = isinstance(value, str) and len(value) <= MAX_DIGITS
    return validation.to_int(value) if is_short else 0
