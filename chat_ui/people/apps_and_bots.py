"""Phone apps and bots, on the account page: where they connect, and the tokens that they use."""

from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import Any, Protocol

import htpy as h
from markupsafe import Markup
from msgspec import Struct
from nicegui import ui

from chat_ui.components import html, qr_code
from chat_ui.components.forms import form, to_copy
from chat_ui.components.overlays import dialog
from services.accounts.names.name_rules import DEVICE_NAME_LIMIT
from services.accounts.sessions.bot_tokens import TokenView
from services.core.i18n import _
from services.core.network import host_names


class Shown(Struct, frozen=True):
    """What the card shows."""

    is_open: bool
    """Whether the chat answers apps and bots (`Settings.answers_apps`)."""
    tokens: Sequence[TokenView]


class Actions(Protocol):
    """What happens when something in the card is pressed."""

    def on_show_address(self) -> Awaitable[None]:
        """Show how to connect an app."""

    def on_new_token(self) -> Awaitable[None]:
        """Ask what the new token is for."""

    def on_create_token(self, event: Any, /) -> Awaitable[None]:
        """Make a token of this name."""

    def on_revoke_token(self, session_id: int, /) -> Awaitable[None]:
        """End a token."""


def draw(shown: Shown, actions: Actions) -> None:
    """Draw the card, unless there is nothing to do in it."""
    if not shown.is_open and not shown.tokens:
        return
    with form.card(_("Phone apps and bots")):
        if shown.is_open:
            ui.label(
                _("Apps that speak Matrix, and programs such as bots, can use this chat as you.")
            ).classes("field-hint")
        with ui.element("div"):
            if shown.is_open:
                _address(actions)
            for token in shown.tokens:
                _token(token, actions)
        if shown.is_open:
            form.button(_("New token"), kind="button", quiet=True).on("click", actions.on_new_token)


def _address(actions: Actions) -> None:
    with ui.element("div").classes("entry"):
        html.draw("div", _("Address for apps and bots")).classes("grow")
        form.button(_("Show"), kind="button", quiet=True).on("click", actions.on_show_address)


def _token(token: TokenView, actions: Actions) -> None:
    used = token.used_at
    with ui.element("div").classes("entry").props("data-testid=token"):
        html.draw(
            "div",
            h.bdi[token.name],
            h.div(".small")[
                h.span[_("Added:"), " ", _time(token.created_at)],
                h.span[_("Last used:"), " ", _time(used)] if used else h.span[_("Not used yet")],
            ],
        ).classes("grow")
        form.button(_("Revoke"), kind="button", quiet=True).on(
            "click", lambda: actions.on_revoke_token(token.session_id)
        )


def show_address(address: str, code: Markup, *, needs_token: bool) -> ui.dialog:
    """Open the dialog that says how to connect an app: the address, also as a QR `code`."""
    with dialog.show(_("Connect an app")) as shown:
        ui.label(
            _(
                "Enter this address as the server in the app, then your username, and a token "
                "in place of your password."
            )
            if needs_token
            else _("Enter this address as the server in the app, then your username and password.")
        ).classes("field-hint")
        qr_code.draw(code)
        to_copy.draw(_("Address"), address, name="address")
        if host_names.is_own_machine(address):
            ui.label(_("This address works on this computer only.")).classes("field-hint")
        ui.label(
            _("Bots and programs can connect over plain HTTP; most phone apps need HTTPS.")
        ).classes("field-hint")
        ui.label(
            _(
                "Messages, files, reactions and edits work, also with end-to-end encryption. "
                "Tried with matrix-nio, matrix-js-sdk and Element X's engine."
            )
        ).classes("field-hint")
        ui.label(
            _(
                "Element X begins only encrypted conversations with one person: they are listed "
                "beside those that you can read here."
            )
        ).classes("field-hint")
    return shown


def show_new(actions: Actions) -> ui.dialog:
    """Open the dialog that asks what a new token is for."""
    with dialog.show(_("New token")) as shown:
        ui.label(
            _(
                "A bot logs in with a token. With two-step login, so does an app: enter the token "
                "there in place of your password."
            )
        ).classes("field-hint")
        with form.live() as named:
            form.field(
                _("Name"),
                "name",
                limit=DEVICE_NAME_LIMIT,
                autofocus="true",
                hint=_("Such as the name of the bot or the app."),
            )
            form.button(_("Create token"))
        named.on("filled", actions.on_create_token, args=["detail"])
    return shown


def show_token(name: str, token: str) -> ui.dialog:
    """Open the dialog with a new token: the only time that it is shown."""
    with dialog.show(_("New token")) as shown:
        html.draw("div", h.bdi[name])
        to_copy.draw(_("Token"), token, name="token")
        ui.label(
            _(
                "Copy it now: it is not shown again. Whoever has it can read and write as you, "
                "until you revoke it."
            )
        ).classes("field-hint")
        form.button(_("I saved it"), kind="button").on("click", shown.close)
    return shown


def _time(at: datetime) -> h.Element:
    return h.time(datetime=at.isoformat(timespec="milliseconds"), data_long=True)
