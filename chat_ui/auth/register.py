"""The form to create an account."""

from nicegui import ui

from chat_ui.components.forms import form
from services.accounts.names.name_rules import DISPLAY_NAME_LIMIT, USERNAME_LENGTHS
from services.accounts.passwords.passwords import MAX_LENGTH, MIN_LENGTH
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
    about: str = "",
) -> None:
    """Draw the card; what was filled in before stays, except the password.

    `refusal` is why there is no account yet, and `about` the field that it is about, if it is one.
    """
    with form.card(_("Create account")):
        if first:
            ui.label(_("The first account becomes the administrator.")).classes("field-hint")
        form.sentence(refusal)
        with form.post("/register"):
            form.field(
                _("Username"),
                "username",
                value=username,
                autocomplete="username",
                autofocus=about in {"", "username"},
                hint=_("2 to 32 letters, digits or _ . -"),
                limit=USERNAME_LENGTHS[-1],
                is_refused=about == "username",
            )
            form.field(
                _("Display name"),
                "display_name",
                value=display_name,
                autocomplete="name",
                required=False,
                limit=DISPLAY_NAME_LIMIT,
                autofocus=about == "display_name",
                is_refused=about == "display_name",
            )
            password(
                "password",
                _("Password"),
                autofocus=about == "password",
                is_refused=about == "password",
            )
            if ask_invite or invite:
                form.field(
                    _("Invite"),
                    "invite",
                    value=invite,
                    autofocus=about == "invite",
                    is_refused=about == "invite",
                )
            if ask_setup_code:
                form.field(
                    _("Setup code"),
                    "setup_code",
                    hint=_("It is shown in the server's terminal."),
                    autofocus=about == "setup_code",
                    is_refused=about == "setup_code",
                )
            form.button(_("Create account"))
    with ui.element("div").classes("outside-other"):
        ui.link(_("Log in"), "/login")


def password(name: str, words: str, *, autofocus: bool = False, is_refused: bool = False) -> None:
    """Draw a field for a new password."""
    form.field(
        words,
        name,
        kind="password",
        autocomplete="new-password",
        minlength=str(MIN_LENGTH),
        limit=MAX_LENGTH,
        autofocus=autofocus,
        hint=_("At least 8 characters. A few unrelated words work well."),
        is_refused=is_refused,
    )
