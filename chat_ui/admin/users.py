"""For administrators: who has an account, links for forgotten passwords, and invites."""

from collections.abc import Awaitable, Sequence
from typing import Any, Protocol

import htpy as h
from markupsafe import Markup
from msgspec import Struct
from nicegui import ui

from chat_ui.components import avatar, html, icon_button, page_header, qr_code
from chat_ui.components.forms import form, to_copy
from chat_ui.components.overlays import dialog
from services.accounts.administration import Account
from services.accounts.passwords.password_resets import ResetLinkView
from services.core.i18n import _, number
from services.core.network import host_names
from services.registration.invites import InviteView


class Actions(Protocol):
    """What happens when something on the page is pressed."""

    def on_make_invite(self, event: Any, /) -> Awaitable[None]:
        """Make an invite."""

    def on_show_invite(self, code: str, /) -> Awaitable[None]:
        """Show the link of an invite."""

    def on_end_invite(self, invite_id: int, /) -> Awaitable[None]:
        """End an invite."""

    def on_make_reset(self, user_id: int, /) -> Awaitable[None]:
        """Make a link for a forgotten password."""

    def on_revoke_reset(self, link_id: int, /) -> Awaitable[None]:
        """End a link for a forgotten password."""

    def on_manage_account(self, user_id: int, /) -> Awaitable[None]:
        """Open the dialog about an account."""


class Overview(Struct, frozen=True):
    """The users, invites and open password links that the page shows."""

    accounts: Sequence[Account]
    invites: Sequence[InviteView]
    reset_links: Sequence[ResetLinkView]


def draw(shown: Overview, actions: Actions) -> None:
    """Draw the page of all users, invites and open password links."""
    with page_header.draw(_("Users and invites")):
        with form.card(_("Invites")):
            with form.live("inline-form") as make:
                form.field(_("Days"), "days", kind="number", value="7", min="1", max="365")
                form.field(_("People"), "uses", kind="number", value="10", min="1", max="1000")
                form.button(_("Create invite"))
            make.on("filled", actions.on_make_invite, args=["detail"])
            with ui.element("div"):
                for invite in shown.invites:
                    _invite(invite, actions)
        if shown.reset_links:
            with form.card(_("Open password reset links")), ui.element("div"):
                for link in shown.reset_links:
                    _reset_link(link, actions)
        with form.card(_("People")), ui.element("div"):
            for person in shown.accounts:
                _person(person, actions)


def show_link(title: str, words: str, link: str, code: Markup) -> ui.dialog:
    """Open a dialog with a link to hand on, as text and as a QR `code`.

    It says so if no other machine can reach the chat by that link.
    """
    with dialog.show(title) as shown:
        if host_names.is_own_machine(link):
            html.draw("div", *_how_to_share()).classes("share-hint")
        ui.label(words).classes("field-hint")
        qr_code.draw(code)
        to_copy.draw(title, link, name="link")
    return shown


def _how_to_share() -> list[h.Node]:
    command = "python main.py --lan"
    return [
        _(
            "This link works on this computer only. To share the chat on your network, stop it, and start it with this command:"
        ),
        to_copy.line(_("Command"), command),
    ]


def _invite(invite: InviteView, actions: Actions) -> None:
    with ui.element("div").classes("entry"):
        with ui.element("div").classes("grow"):
            ui.label(
                _("{uses} of {most} used").format(
                    uses=number(invite.uses), most=number(invite.max_uses)
                )
            )
            with ui.element("div").classes("small"):
                if invite.ended:
                    ui.label(_("expired"))
                else:
                    ui.label(_("Expires:"))
                    ui.element("time").props(f"datetime={invite.expires_at.isoformat()} data-long")
        if not invite.ended:
            form.button(_("Show"), kind="button", quiet=True).on(
                "click", lambda: actions.on_show_invite(invite.code)
            )
            form.button(_("Revoke"), kind="button", quiet=True).on(
                "click", lambda: actions.on_end_invite(invite.invite_id)
            )


def _reset_link(link: ResetLinkView, actions: Actions) -> None:
    made_by = f"@{link.made_by}" if link.made_by else _("the terminal")
    with ui.element("div").classes("entry").props("data-testid=reset-link"):
        html.draw(
            "div",
            h.div(dir="auto")[link.person.display_name],
            h.div(".small")[
                h.span[_("Created by {name}").format(name=made_by)],
                h.span[
                    _("Expires:"),
                    " ",
                    h.time(
                        datetime=link.expires_at.isoformat(timespec="milliseconds"), data_long=True
                    ),
                ],
            ],
        ).classes("grow")
        form.button(_("Revoke"), kind="button", quiet=True).on(
            "click", lambda: actions.on_revoke_reset(link.link_id)
        )


def _person(person: Account, actions: Actions) -> None:
    with ui.element("div").classes("entry account"):
        html.draw(
            "div",
            avatar.draw(person),
            h.div(".grow")[
                h.div(dir="auto")[person.display_name],
                h.div(".small")[f"@{person.username}"],
            ],
            signs(person),
        ).classes("entry grow")
        if not person.is_disabled:
            form.button(_("Password reset link"), kind="button", quiet=True).on(
                "click", lambda: actions.on_make_reset(person.user_id)
            )
        words = _("Actions for {name}").format(name=person.display_name)
        icon_button.draw("more_horiz", words).props(
            f"data-testid=manage-account data-user={person.user_id}"
        ).on("click", lambda: actions.on_manage_account(person.user_id))


def signs(account: Account) -> h.Node:
    """Return what is written beside administrators and disabled accounts."""
    return [
        h.span(".role.owner")[_("administrator")] if account.is_admin else None,
        h.span(".role.disabled")[_("disabled")] if account.is_disabled else None,
    ]


STYLE = """
.account { flex-wrap: wrap; justify-content: flex-end; }
.account > .grow { flex: 1 1 220px; }
.role.disabled { color: var(--danger); border-color: currentColor; }
.inline-form { grid-template-columns: 1fr 1fr auto; align-items: end; }
.entry .small { display: flex; gap: 6px; }
.qr { display: grid; place-items: center; background: var(--paper); border-radius: var(--radius-l); padding: 8px; }
.qr svg { inline-size: min(100%, 240px); block-size: auto; }
.share-hint { display: grid; gap: 8px; padding: 12px; border-radius: var(--radius-m); background: var(--notice); font-size: var(--text-m); }
@media (max-width: 700px) { .inline-form { grid-template-columns: 1fr 1fr; } .inline-form .button { grid-column: 1 / -1; } }
"""
