"""The dialog about an account, for administrators."""

from collections.abc import Awaitable
from typing import Protocol

import htpy as h
from nicegui import ui

from chat_ui.admin import users
from chat_ui.components import avatar, html
from chat_ui.components.forms import form
from chat_ui.components.overlays import dialog
from services.accounts.administration import AccountDetails
from services.core.i18n import _, number, plural


class Actions(Protocol):
    """What happens when something in the dialog is pressed."""

    def on_disable_account(self, user_id: int, /) -> Awaitable[None]:
        """Disable the account."""

    def on_enable_account(self, user_id: int, /) -> Awaitable[None]:
        """Enable the account again."""

    def on_end_account_sessions(self, user_id: int, /) -> Awaitable[None]:
        """End all sessions of the account."""

    def on_remove_factors(self, user_id: int, /) -> Awaitable[None]:
        """Turn two-step login off for the account."""

    def on_set_admin(self, user_id: int, on: bool, /) -> Awaitable[None]:
        """Make its user an administrator, or no longer one."""


def show(account: AccountDetails, actions: Actions, *, is_own: bool) -> ui.dialog:
    """Open the dialog. About their own account, administrators can only give up the role."""
    with dialog.show(account.display_name) as shown:
        html.draw(
            "div",
            avatar.draw(account),
            h.div(".grow.small")[f"@{account.username}", h.div[_sessions(account)]],
            users.signs(account),
        ).classes("entry")
        log = html.draw("a", _("Account activity")).classes("small-link")
        log.props.update({"href": f"/security?person={account.username}"})
        if not is_own and account.sessions:
            end = form.button(_("Log out everywhere"), kind="button", quiet=True)
            end.props("data-testid=end-sessions")
            end.on("click", lambda: actions.on_end_account_sessions(account.user_id))
        if not account.is_disabled:
            _role(account, actions)
        if not is_own and account.has_second_factor:
            _second_factor(account, actions)
        if not is_own:
            _disable(account, actions)
    return shown


def _sessions(account: AccountDetails) -> str:
    return plural("{count} active session", "{count} active sessions", account.sessions).format(
        count=number(account.sessions)
    )


def _role(account: AccountDetails, actions: Actions) -> None:
    is_admin = account.is_admin
    words = _("Remove as administrator …") if is_admin else _("Make administrator …")
    with form.fold(words):
        hint = (
            _("They keep their account but lose access to the administrator pages.")
            if is_admin
            else _("Administrators can see all accounts and reset anyone's password.")
        )
        ui.label(hint).classes("field-hint")
        button = form.button(
            _("Remove as administrator") if is_admin else _("Make administrator"), kind="button"
        ).props("data-testid=set-admin")
        button.on("click", lambda: actions.on_set_admin(account.user_id, not is_admin))


def _second_factor(account: AccountDetails, actions: Actions) -> None:
    with form.fold(_("Turn off two-step login …"), danger=True):
        hint = _(
            "Only for someone who lost their phone and recovery codes. Make sure it is "
            "really them: afterwards their password alone is enough to log in."
        )
        ui.label(hint).classes("field-hint")
        button = form.button(_("Turn off"), kind="button").props("data-testid=remove-factors")
        button.on("click", lambda: actions.on_remove_factors(account.user_id))


def _disable(account: AccountDetails, actions: Actions) -> None:
    if account.is_disabled:
        enable = form.button(_("Enable account"), kind="button")
        enable.props("data-testid=enable-account")
        enable.on("click", lambda: actions.on_enable_account(account.user_id))
        return
    with form.fold(_("Disable account …"), danger=True):
        hint = _("They are logged out immediately and can't log in. Their messages stay.")
        ui.label(hint).classes("field-hint")
        button = form.button(_("Disable"), kind="button").props("data-testid=disable-account")
        button.on("click", lambda: actions.on_disable_account(account.user_id))
