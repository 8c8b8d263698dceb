"""The dialog in which the user confirms who they are, before an action that needs it."""

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

from chat_ui.components.forms import form
from chat_ui.components.overlays import dialog
from services.core.i18n import _


def show(
    username: str,
    on_password: Callable[[Any], Awaitable[None]],
    on_passkey: Callable[[], Awaitable[None]] | None,
) -> ui.dialog:
    """Open the dialog for a user; `on_password` gets what was typed as the field `password`.

    `on_passkey` asks for a passkey instead; it is None for a user who has none here.
    """
    with dialog.show(_("Confirm it's you")) as shown:
        ui.label(_("Enter your password to continue.")).classes("field-hint")
        with form.live() as entered:
            form.owner(username)
            form.field(
                _("Password"),
                "password",
                kind="password",
                autocomplete="current-password",
                autofocus="true",
            )
            form.button(_("Continue"))
        entered.on("filled", on_password, args=["detail"])
        if on_passkey:
            use = form.button(_("Use a passkey"), kind="button", quiet=True)
            use.classes("with-passkeys").on("click", on_passkey)
    return shown
