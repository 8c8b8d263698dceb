"""The forms to log in: name and password, or a passkey; and the second step."""

import htpy as h
from nicegui import ui

from chat_ui.components import html
from chat_ui.components.forms import form
from services.core.i18n import _


def draw(
    *,
    refusal: str = "",
    username: str = "",
    target: str = "",
    can_register: bool,
    first: bool = False,
    hub: str = "",
) -> None:
    """Draw the card; `target` is the page to go to next, `refusal` why logging in failed.

    On a node, `hub` is the address of the chat that knows the password.
    """
    if first:
        _welcome()
    with form.card(_("Log in")):
        form.sentence(refusal)
        if hub:
            hint = _(
                "With your username and password at {address}. The password is not stored here."
            )
            ui.label(hint.format(address=hub)).classes("field-hint")
        with form.post("/login"):
            form.field(
                _("Username"),
                "username",
                value=username,
                autocomplete="username",
                autofocus=not username,
                is_refused=bool(refusal),
            )
            form.field(
                _("Password"),
                "password",
                kind="password",
                autocomplete="current-password",
                autofocus=bool(username),
                is_refused=bool(refusal),
            )
            if target:
                _hidden("next", target)
            form.button(_("Log in"))
        if not hub:
            _passkey(target)
    with ui.element("div").classes("outside-other"):
        if hub:
            ui.label(_("This is your own copy: messages are decrypted on this computer."))
        elif can_register and not first:
            ui.link(_("Create account"), "/register")
        elif not can_register:
            ui.label(_("Forgot your password? Ask an administrator for a reset link."))


def draw_second_step(*, refusal: str = "", target: str = "", trust: bool = False) -> None:
    """Draw the card for the second step; the arguments are as for `draw`."""
    with form.card(_("Two-step login")):
        form.sentence(refusal)
        with form.post("/login/step"):
            form.field(
                _("Code"),
                "code",
                autocomplete="one-time-code",
                autofocus="true",
                hint=_("From your authenticator app, or one of your recovery codes."),
                limit=40,
                spellcheck="false",
                is_refused=bool(refusal),
            )
            form.check(_("Don't ask on this device for 30 days"), "trust", on=trust)
            if target:
                _hidden("next", target)
            form.button(_("Log in"))
        _passkey(target)
    with ui.element("div").classes("outside-other"):
        ui.label(_("Lost your phone and your codes? Ask an administrator."))
        ui.link(_("Use another account"), "/login")


def _passkey(target: str) -> None:
    """Draw the form that `chat_ui/auth/passkeys.js` shows and sends, where there can be passkeys."""
    failed = _("The passkey was not used. Try again, or choose another way.")
    html.draw(
        "div",
        h.form(
            ".form",
            method="post",
            action="/login/passkey",
            data_passkey=True,
            data_word_failed=failed,
        )[
            h.input(type="hidden", name="ceremony"),
            h.input(type="hidden", name="answer"),
            h.input(type="hidden", name="trust"),
            h.input(type="hidden", name="next", value=target) if target else None,
            h.button(".button.quiet", type="submit")[_("Use a passkey")],
            h.p(".sentence", role="alert"),
        ],
    ).classes("with-passkeys")


def _welcome() -> None:
    """Draw the welcome that is shown until there is an account."""
    with form.card(_("Welcome")):
        ui.label(_("This chat is new. Create the first account: it becomes the administrator."))
        with ui.element("a").classes("button").props('href="/register"'):
            ui.label(_("Create the first account"))


def _hidden(name: str, value: str) -> None:
    ui.element("input").props.update({"type": "hidden", "name": name, "^value": value})


STYLE = """
html:not([data-passkeys="yes"]) .with-passkeys, html:not([data-passkeys="no"]) .without-passkeys { display: none; }
"""
