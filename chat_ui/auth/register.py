"""The form to create an account."""

from nicegui import ui

from chat_ui.components import form
from services.core.i18n import _


def draw(
    *,
    refusal: str = "",
    username: str = "",
    display_name: str = "",
    invite: str = "",
    ask_invite: bool = False,
    ask_setup_code: bool = False,
    first: bool = False,
) -> None:
    """Draw the card; what was filled in before stays, except the password."""
    with form.card(_("Make an account")):
        if first:
            ui.label(_("The first account is the administrator's.")).classes("field-hint")
        form.sentence(refusal)
        with form.post("/register"):
            form.field(
                _("Username"),
                "username",
                value=username,
                autocomplete="username",
                autofocus="true",
                hint=_("2 to 32 letters, digits or _ . -"),
                maxlength="64",
            )
            form.field(
                _("Name that others see"),
                "display_name",
                value=display_name,
                autocomplete="name",
                required=False,
                maxlength="80",
            )
            password("password", _("Password"))
            if ask_invite or invite:
                form.field(_("Invite"), "invite", value=invite)
            if ask_setup_code:
                form.field(
                    _("Set-up code"),
                    "setup_code",
                    hint=_("It is printed in the server's terminal."),
                )
            form.button(_("Make an account"))
    with ui.element("div").classes("outside-other"):
        ui.link(_("I have an account"), "/login")


def password(name: str, words: str) -> None:
    """Draw a field for a new password with a meter that works within the browser alone."""
    form.field(
        words,
        name,
        kind="password",
        autocomplete="new-password",
        minlength="8",
        maxlength="256",
        hint=_("At least 8 characters. A few words make a good one."),
        data_rate="true",
    )
    with ui.element("div").classes("meter").props("aria-hidden=true"):
        for _bar in range(4):
            ui.element("i")
