"""The form to log in."""

from nicegui import ui

from chat_ui.components import form
from services.core.i18n import _


def draw(
    *,
    refusal: str = "",
    username: str = "",
    target: str = "",
    can_register: bool,
    first: bool = False,
) -> None:
    """Draw the card; `target` is the page to go to next, `refusal` why logging in failed."""
    if first:
        _welcome()
    with form.card(_("Log in")):
        form.sentence(refusal)
        with form.post("/login"):
            form.field(
                _("Username"), "username", value=username, autocomplete="username", autofocus="true"
            )
            form.field(_("Password"), "password", kind="password", autocomplete="current-password")
            if target:
                _hidden("next", target)
            form.button(_("Log in"))
    with ui.element("div").classes("outside-other"):
        if can_register and not first:
            ui.link(_("Make an account"), "/register")
        elif not can_register:
            ui.label(_("Forgot your password? Ask an administrator for a link."))


def _welcome() -> None:
    """Draw the welcome that is shown until there is an account."""
    with form.card(_("Welcome")):
        ui.label(_("This chat is new. Make the first account: it is the administrator's."))
        with ui.element("a").classes("button").props('href="/register"'):
            ui.label(_("Make the first account"))


def _hidden(name: str, value: str) -> None:
    ui.element("input").props.update({"type": "hidden", "name": name, "^value": value})
