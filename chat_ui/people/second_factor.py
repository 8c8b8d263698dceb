"""Two-step login, on the account page: the authenticator app, passkeys, and recovery codes."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

import htpy as h
from markupsafe import Markup
from nicegui import ui

from chat_ui.components import html, qr_code
from chat_ui.components.forms import form
from chat_ui.components.overlays import dialog
from services.accounts.factors.passkeys import PasskeyView
from services.accounts.factors.recovery_codes import COUNT
from services.accounts.factors.second_factor import Overview
from services.core.i18n import _, number, plural


class Actions(Protocol):
    """What happens when something in the card is pressed."""

    def on_begin_app(self) -> Awaitable[None]:
        """Set an authenticator app up."""

    def on_remove_app(self) -> Awaitable[None]:
        """Remove the app."""

    def on_begin_passkey(self, event: Any, /) -> Awaitable[None]:
        """Make a passkey of this name."""

    def on_remove_passkey(self, passkey_id: int, /) -> Awaitable[None]:
        """Remove a passkey."""

    def on_renew_codes(self) -> Awaitable[None]:
        """Make new recovery codes."""

    def on_forget_devices(self) -> Awaitable[None]:
        """Ask for the second step on all devices again."""


def draw(overview: Overview, actions: Actions) -> None:
    """Draw the card."""
    with form.card(_("Two-step login")):
        ui.label(
            _("With an app or a passkey, your password alone is not enough to log in.")
        ).classes("field-hint")
        with ui.element("div"):
            _app(overview.app_since, actions)
            for passkey in overview.passkeys:
                _passkey(passkey, actions)
            if overview.is_on:
                _codes(overview.recovery_codes, actions)
            if overview.trusted_devices:
                _devices(overview.trusted_devices, actions)
        _new_passkey(actions)


def _app(since: datetime | None, actions: Actions) -> None:
    with ui.element("div").classes("entry"):
        html.draw(
            "div",
            _("Authenticator app"),
            h.div(".small")[_("Added:"), " ", _time(since)] if since else None,
        ).classes("grow")
        if since:
            _button(_("Remove"), actions.on_remove_app)
        else:
            _button(_("Set up"), actions.on_begin_app)


def _passkey(passkey: PasskeyView, actions: Actions) -> None:
    used = passkey.used_at
    with ui.element("div").classes("entry").props("data-testid=passkey"):
        html.draw(
            "div",
            h.bdi[passkey.name],
            h.div(".small")[
                h.span[_("Passkey for {host}").format(host=passkey.rp_id)],
                h.span[_("Added:"), " ", _time(passkey.created_at)],
                h.span[_("Last used:"), " ", _time(used)] if used else None,
            ],
        ).classes("grow")
        _button(_("Remove"), lambda: actions.on_remove_passkey(passkey.passkey_id))


def _codes(left: int, actions: Actions) -> None:
    with ui.element("div").classes("entry"):
        html.draw(
            "div",
            _("Recovery codes"),
            h.div(".small")[
                _("{left} of {count} left").format(left=number(left), count=number(COUNT))
            ],
        ).classes("grow")
        _button(_("Create new codes"), actions.on_renew_codes)


def _devices(count: int, actions: Actions) -> None:
    words = plural(
        "{count} device is not asked for the second step.",
        "{count} devices are not asked for the second step.",
        count,
    )
    with ui.element("div").classes("entry"):
        html.draw("div", words.format(count=number(count))).classes("grow")
        _button(_("Ask again everywhere"), actions.on_forget_devices)


def _new_passkey(actions: Actions) -> None:
    with form.live("with-passkeys") as new:
        form.field(
            _("Passkey name"),
            "name",
            value=_("This device"),
            limit=60,
            hint=_("A passkey uses this device's fingerprint, face or PIN, or a security key."),
        )
        form.button(_("Add a passkey"), quiet=True)
    new.on("filled", actions.on_begin_passkey, args=["detail"])
    html.draw(
        "div",
        _("Passkeys need an up-to-date browser, and HTTPS with a host name, or localhost."),
    ).classes("field-hint without-passkeys")


def show_app(secret: str, code: Markup, on_code: Callable[[Any], Awaitable[None]]) -> ui.dialog:
    """Open the dialog that sets an app up, with the QR `code` of its secret.

    `on_code` gets the app's first code as the field `code`.
    """
    with dialog.show(_("Authenticator app")) as shown:
        ui.label(
            _("Scan this with an authenticator app, then enter the six digits it shows.")
        ).classes("field-hint")
        qr_code.draw(code)
        html.draw(
            "div",
            _("Or enter this key in the app:"),
            " ",
            h.code(data_testid="secret")[" ".join(secret[at : at + 4] for at in range(0, 32, 4))],
        ).classes("field-hint")
        with form.live() as entered:
            form.field(
                _("Code"),
                "code",
                autocomplete="one-time-code",
                inputmode="numeric",
                autofocus="true",
                limit=20,
            )
            form.button(_("Turn on"))
        entered.on("filled", on_code, args=["detail"])
    return shown


def show_codes(codes: Sequence[str]) -> ui.dialog:
    """Open the dialog with new recovery codes: the only time that they are shown."""
    with dialog.show(_("Recovery codes")) as shown:
        ui.label(
            _(
                "Each code lets you log in once without your phone or passkey. Keep them "
                "somewhere safe: they are not shown again."
            )
        ).classes("field-hint")
        html.draw(
            "div",
            h.pre(data_testid="recovery-codes")["\n".join(codes)],
            h.button(".button.quiet", type="button", data_action="copy")[_("Copy")],
        ).classes("code recovery-codes")
        form.button(_("I saved them"), kind="button").on("click", shown.close)
    return shown


def _time(at: datetime) -> h.Element:
    return h.time(datetime=at.isoformat(timespec="milliseconds"), data_long=True)


def _button(words: str, on_press: Callable[[], Awaitable[None]]) -> None:
    form.button(words, kind="button", quiet=True).on("click", on_press)


STYLE = """
.recovery-codes { display: grid; gap: 10px; justify-items: start; }
.recovery-codes pre { margin: 0; font: var(--text-l)/1.7 var(--mono); columns: 2 11.5em; column-gap: 20px; inline-size: 100%; }
.entry .small { flex-wrap: wrap; }
"""
